import { setTimeout as pause } from "node:timers/promises";
import { getHeapSnapshot } from "node:v8";
import { type Answer, text } from "./answer.ts";

/** The path below which profiles are, as in Envoy Gateway. */
export const profilingPath = "/debug/pprof/";

const defaultSeconds = 30;
const mostSeconds = 300;

const index = `profiles of the control plane, for the developer tools of Chrome

/debug/pprof/profile?seconds=N   CPU time by function over N seconds (default ${defaultSeconds}, at most ${mostSeconds}): save as x.cpuprofile
/debug/pprof/heap                all objects in memory, secrets included: save as x.heapsnapshot; nothing else goes on meanwhile`;

/** Takes profiles of this process, one at a time. */
export function createProfiling(): (url: URL) => Answer | Promise<Answer> {
  let busy = false;
  const cpuProfile = async (seconds: number): Promise<Answer> => {
    if (busy) return text(409, "a profile is being taken: wait for its end");
    busy = true;
    // Loaded by who takes a profile.
    const { Session } = await import("node:inspector/promises");
    const session = new Session();
    try {
      session.connect();
      await session.post("Profiler.enable");
      await session.post("Profiler.start");
      await pause(seconds * 1000);
      const { profile } = await session.post("Profiler.stop");
      return { status: 200, contentType: "application/json", body: JSON.stringify(profile) };
    } finally {
      session.disconnect();
      busy = false;
    }
  };
  return ({ pathname, searchParams }) => {
    switch (pathname) {
      case profilingPath:
        return text(200, index);
      case `${profilingPath}profile`: {
        const seconds = Number(searchParams.get("seconds") ?? defaultSeconds);
        if (!(seconds > 0 && seconds <= mostSeconds)) return text(400, `seconds is a number above 0, at most ${mostSeconds}`);
        return cpuProfile(seconds);
      }
      case `${profilingPath}heap`:
        return { status: 200, contentType: "application/json", body: getHeapSnapshot() };
      default:
        return text(404, `no such profile\n\n${index}`);
    }
  };
}
