// Registers the widgets, each once: the launcher first, which card and lines open.
import { widget } from './shared.js';
import { card } from './card.js';
import { panel } from './panel.js';
import { back, bar, launch, line } from './widgets.js';

widget('launcher', launch);
widget('card', card);
widget('bar', bar);
widget('line', line);
widget('panel', (host, own, root) => {
  const join = own.words && panel(root, own); // none while the offer rests
  if (join && back()) join();
});
