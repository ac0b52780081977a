"""Forms of addresses at which units are told. They check shape only; what is allowed the verbs say."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from borderwatch import destinations
from borderwatch.fields import reason_field
from borderwatch.khmer import latin_digits, visible
from units.choices import DeskLevel, MachineChannel
from units.models import Unit

# What stands between code and name in a suggestion.
DOT = " · "


def _select(label: Any, choices: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.Select(attrs={"class": "form-select"}), **more)


def _text(label: Any, **more: Any) -> forms.CharField:
    attrs = {"class": "form-control", "autocomplete": "off", **more.pop("attrs", {})}
    return forms.CharField(label=label, widget=forms.TextInput(attrs=attrs), **more)


class AskForm(forms.Form):
    """An address to be asked for. A message goes to a destination by name, whose address nobody types here."""

    unit = _text(gettext_lazy("Unit (code)"), max_length=250, attrs={"list": "unit-codes"})
    level = _select(gettext_lazy("Desk"), DeskLevel.choices)
    channel = _select(gettext_lazy("Channel"), MachineChannel.choices)
    address = _text(
        gettext_lazy("Address"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Of e-mail: desk@ministry.gov.kh. Of a machine: https://host/path, without password."),
        attrs={"inputmode": "url", "spellcheck": "false", "autocapitalize": "off"},
    )
    internal_networks = forms.CharField(
        label=gettext_lazy("Internal networks"),
        required=False,
        help_text=gettext_lazy(
            "Only when the machine stands in a government network: its ranges, one a line, such as 10.20.0.0/16. "
            "Without them only addresses that everybody can reach are connected to."
        ),
        widget=forms.Textarea(attrs={"class": "form-control mono", "rows": 2, "spellcheck": "false"}),
    )
    language = _select(gettext_lazy("Language of the notices"), (("km", "ខ្មែរ"), ("en", "English")))
    reason = reason_field(max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = {unit.code: unit for unit in Unit.objects.order_by("code")}
        names = [(name, f"{name} ({destinations.service_of(name)})") for name in destinations.names()]
        if not names:
            channels = [one for one in MachineChannel.choices if one[0] != MachineChannel.MESSAGE]
            self.fields["channel"] = _select(gettext_lazy("Channel"), channels)
            return
        self.fields["destination"] = _select(
            gettext_lazy("Destination of messages"),
            [("", "–"), *names],
            required=False,
            help_text=gettext_lazy("Its address stands in the server's settings, since it holds a secret."),
        )
        self.order_fields(["unit", "level", "channel", "address", "destination"])

    def clean_unit(self) -> Unit | None:
        """The unit of the code that was typed or picked."""
        typed = visible(latin_digits(str(self.cleaned_data["unit"]))).partition(DOT)[0].strip()
        unit = self.units.get(typed)
        if unit is None:
            raise forms.ValidationError(_("No unit has this code."))
        return unit

    def clean_internal_networks(self) -> list[str]:
        """The ranges, one a line or parted by commas."""
        text = visible(latin_digits(self.cleaned_data["internal_networks"]))
        return [part.strip() for part in text.replace(",", "\n").splitlines() if part.strip()]

    def clean(self) -> dict[str, Any]:
        """`address` is what the channel needs: what was typed, or the name of the destination."""
        data = super().clean() or {}
        chosen = data.pop("destination", "")
        if data.get("channel") != MachineChannel.MESSAGE:
            if not data.get("address"):
                self.add_error("address", _("Give the address."))
            return data
        if not chosen:
            self.add_error("destination", _("Choose the destination."))
        return {**data, "address": chosen}


class ReasonForm(forms.Form):
    """Why; or, of a confirmation, how the address was checked."""

    reason = reason_field(max_length=300)

    def __init__(self, *args: Any, label: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if label:
            self.fields["reason"].label = label
