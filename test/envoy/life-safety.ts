/** Control planes and Envoys that end and begin under load, many times; a part of `npm run safety`. */
import { type LoadClient, type LoadResult, startLoad } from "./load.ts";
import { host, serverUnderTest } from "./server-under-test.ts";

/** Kills the control plane so many times and starts the next one, which must take the same Envoy over and bring an edit to it. */
export async function killControlPlane(times: number): Promise<LoadResult> {
  const world = await serverUnderTest({ backend: "a" });
  try {
    let server = await world.start();
    await world.answeredBy("a");
    const envoy = world.envoys()[0]?.identity.pid;
    const load = startLoad(world.port, host, { "/": ["a"] });
    for (let i = 0; i < times; i++) {
      server.process.kill("SIGKILL");
      await server.ended;
      const [name, before] = i % 2 === 0 ? (["b", "a"] as const) : (["a", "b"] as const);
      load.expect("/", [name, before]);
      world.write({ backend: name });
      server = await world.start();
      await world.answeredBy(name);
    }
    const result = await load.stop();
    if (world.envoys().length !== 1 || world.envoys()[0]?.identity.pid !== envoy)
      throw new Error("Envoy is not the same any more");
    return result;
  } finally {
    await world.remove();
  }
}

/** Changes the settings of Envoy's process so many times. */
export async function replaceEnvoy(times: number, client: LoadClient): Promise<LoadResult> {
  const wanted = (i: number) => {
    const extraArgs = ["--file-flush-interval-msec", String(1000 + i)];
    return { backend: "a", proxy: { concurrency: 2, extraArgs, shutdown: { drainTimeout: "2s" } } } as const;
  };
  const world = await serverUnderTest(wanted(0));
  try {
    await world.start();
    await world.answeredBy("a");
    const load = startLoad(world.port, host, { "/": ["a"] }, { client });
    for (let i = 1; i <= times; i++) {
      const old = world.envoys().at(-1)?.identity.pid ?? 0;
      world.write(wanted(i));
      const { epoch } = await world.replaced(old);
      if (epoch !== i) throw new Error(`not by hot restart: epoch ${epoch}`);
    }
    return await load.stop();
  } finally {
    await world.remove();
  }
}
