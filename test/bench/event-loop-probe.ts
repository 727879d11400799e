/** Loaded into a server before its program: tells the parent process, when it asks, how long the event loop was blocked at most. */
import { monitorEventLoopDelay } from "node:perf_hooks";

const resolution = 2;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
process.on("message", () => {
  process.send?.(Math.max(0, delay.max / 1e6 - resolution));
  delay.reset();
});
process.channel?.unref();
