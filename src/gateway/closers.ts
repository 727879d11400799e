/** Things to be undone, the last first. */
export interface Closers {
  add(close: () => void | Promise<void>): void;
  /** Undoes everything, once; later calls wait for the same end. An error of one does not keep the others from being undone; the first is rejected with. */
  close(): Promise<void>;
}

/** Makes an empty stack. */
export function createClosers(): Closers {
  const stack: (() => void | Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const undo = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (let close = stack.pop(); close !== undefined; close = stack.pop()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  };
  return {
    add: (close) => stack.push(close),
    close: () => {
      closing ??= undo();
      return closing;
    },
  };
}
