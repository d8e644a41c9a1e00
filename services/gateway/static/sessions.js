// The times of the sessions, in the reader's own zone.

import { localise } from "./moments.js";

localise(document);
