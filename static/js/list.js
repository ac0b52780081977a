/** The list of incidents: "/" goes to the search field, "n" files a new one. Off while typing, off by choice. */

import { onKey } from "./keys.js";

onKey("/", () => document.querySelector("[data-search]")?.focus());
onKey("n", () => document.querySelector(".file-button")?.click());
