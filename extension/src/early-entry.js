// The script right behind a block. It leaves its functions to friends.js in the registry of custom elements: no global, and no property
// of the document, which a theme's form of that name would hide. Each block leaves the same ones, so that the last is as good as the first.
import { $, day, early, fill, kept, on, write, writeLink } from './early.js';

customElements.friends = [$, early, write, on, fill, day, kept, writeLink];
early(document.currentScript.previousElementSibling);
