import { useCallback, useEffect, useState } from 'preact/hooks';
import { Refused } from './ask.js';

/**
 * useSignal reads a value of Shopify's, and draws anew when it changes.
 * @param {any} signal
 */
export function useSignal(signal) {
  const [value, set] = useState(signal?.value);
  useEffect(() => signal?.subscribe((/** @type {any} */ next) => set(() => next)), [signal]);
  return value;
}

/**
 * useAnswer asks once, and again when it is told to. While it waits both are undefined.
 * @template T
 * @param {() => Promise<T>} ask
 * @param {boolean} [ready] ask only from then on
 */
export function useAnswer(ask, ready = true) {
  const [state, set] = useState(/** @type {{answer?: T, fault?: string}} */ ({}));
  const again = useCallback(() => {
    set({});
    ask().then(
      (answer) => set({ answer }),
      (fault) => set({ fault: fault instanceof Refused ? fault.code : 'offline' }),
    );
  }, [ready]);
  useEffect(() => { if (ready) again(); }, [ready]);
  return { ...state, again };
}
