// The times of the sessions, in the reader's own zone. The page leaves when its own session ends elsewhere.

import { localise } from "./moments.js";
import { listen } from "./stream.js";

localise(document);
document.addEventListener("shown", () => localise(document));
listen({ event: () => {}, over: () => location.reload() });
