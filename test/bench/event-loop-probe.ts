/**
 * Loaded into a server before its program: tells the parent process, when it asks, how long the event loop was blocked at most, from
 * the start or since it was told to watch until now. Watching costs some 8 ms of CPU a second, so it ends with the answer.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

const resolution = 2;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
process.on("message", (message) => {
  if (message === "watch") {
    delay.reset();
    delay.enable();
    return;
  }
  process.send?.(Math.max(0, delay.max / 1e6 - resolution));
  delay.disable();
});
process.channel?.unref();
