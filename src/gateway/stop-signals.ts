/** The wish of whoever runs us that we end. */
export interface StopSignals {
  /** Resolves with the first signal. */
  readonly stop: Promise<NodeJS.Signals>;
  /** Aborted by a second one: do not wait for anything any more. */
  readonly hurry: AbortSignal;
  /** Leaves signals to the system again. */
  release(): void;
}

/** The signal that ends the control plane and leaves the proxies to the next one; the others end them too. */
export const leaveSignal = "SIGUSR2";

const names = ["SIGINT", "SIGTERM", "SIGHUP", leaveSignal] as const;

/** Signals this close together, in milliseconds, are one: Ctrl-C reaches us from the terminal and again from the program that started us. */
const oneWishMs = 500;

/** Listens for the signals that end a program. */
export function listenForStop(now: () => number = () => performance.now()): StopSignals {
  const hurrying = new AbortController();
  let first: number | undefined;
  let resolveStop: (name: NodeJS.Signals) => void = () => {};
  const stop = new Promise<NodeJS.Signals>((resolve) => {
    resolveStop = resolve;
  });
  const onSignal = (name: NodeJS.Signals): void => {
    const at = now();
    if (first !== undefined && at - first >= oneWishMs) hurrying.abort();
    first ??= at;
    resolveStop(name);
  };
  for (const name of names) process.on(name, onSignal);
  return {
    stop,
    hurry: hurrying.signal,
    release() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
