/** The strip of days: the day shown stands in its middle. Without script it begins at its first day. */

const shown = document.querySelector(".day-strip [aria-current]");
if (shown) shown.closest("ol").scrollLeft = shown.offsetLeft - shown.closest("ol").clientWidth / 2;
