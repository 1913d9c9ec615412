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
 * useAnswer asks once, and again when it is told to, with what it is given then. While it waits answer and fault are undefined; told is
 * what a refusal tells beside its code.
 * @template T
 * @param {(given?: any) => Promise<T>} ask
 * @param {boolean} [ready] ask only from then on
 */
export function useAnswer(ask, ready = true) {
  const [state, set] = useState(/** @type {{answer?: T, fault?: string, told?: any}} */ ({}));
  const again = useCallback((/** @type {any} */ given = undefined) => {
    set({});
    ask(given).then(
      (answer) => set({ answer }),
      (fault) => set(fault instanceof Refused ? { fault: fault.code, told: fault.told } : { fault: 'offline' }),
    );
  }, [ready]);
  useEffect(() => { if (ready) again(); }, [ready]);
  return { ...state, again };
}
