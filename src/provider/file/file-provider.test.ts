import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { configMap, type FileWorld, inFileWorld } from "../../../test/provider/file-world.ts";
import type { FileMemory } from "./file-provider.ts";

const value = ({ objects }: FileWorld, key: string) => objects.ConfigMap.get(key)?.data?.value;
const has = (world: FileWorld, key: string, expected: string | undefined) => () => value(world, key) === expected;

describe("first content", () => {
  test("is everything in the folder and its folders, but nothing hidden and no backups", async () => {
    const files = {
      "b.yaml": `${configMap("one", "1")}---\n${configMap("two", "2", "shop")}`,
      "deep/er/c.yml": configMap("three", "3"),
      "d.json": JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "four" }, data: { value: "4" } }),
      ".hidden.yaml": configMap("hidden", "x"),
      ".git/x.yaml": configMap("hidden", "x"),
      "b.yaml~": configMap("backup", "x"),
      "README.md": "# no object",
    };
    await inFileWorld(files, async ({ objects, problems, log }) => {
      assert.deepEqual([...objects.ConfigMap.keys()].sort(), ["default/four", "default/one", "default/three", "shop/two"]);
      assert.deepEqual(problems(), []);
      assert.match(log(), /INFO\tprovider\tread the objects\t\{"objects":4,"files":3/);
    });
  });

  test("of an empty folder is nothing, and no problem", async () => {
    await inFileWorld({}, async ({ objects, problems }) => {
      assert.equal(objects.ConfigMap.size, 0);
      assert.deepEqual(problems(), []);
    });
  });

  test("has a Namespace for every namespace in use, labelled with its name", async () => {
    const written = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: {team: a}\n";
    await inFileWorld(
      { "a.yaml": `${configMap("a", "1", "shop")}---\n${configMap("b", "1")}---\n${written}` },
      async ({ objects }) => {
        assert.deepEqual([...objects.Namespace.keys()].sort(), ["default", "shop"]);
        assert.deepEqual(objects.Namespace.get("shop")?.metadata.labels, { team: "a", "kubernetes.io/metadata.name": "shop" });
        assert.deepEqual(objects.Namespace.get("default")?.metadata.labels, { "kubernetes.io/metadata.name": "default" });
      },
    );
  });

  test("is in the graph as one batch", async () => {
    await inFileWorld({ "a.yaml": configMap("a", "1"), "b.yaml": configMap("b", "1") }, async ({ version }) => {
      assert.equal(version(), 1);
    });
  });
});

describe("changes", () => {
  test("of one document touch its object only", async () => {
    await inFileWorld({ "a.yaml": `${configMap("one", "1")}---\n${configMap("two", "2")}` }, async (world) => {
      const before = world.objects.ConfigMap.get("default/two");
      world.write("a.yaml", `${configMap("one", "changed")}---\n${configMap("two", "2")}`);
      await world.until("one is changed", has(world, "default/one", "changed"));
      assert.equal(world.objects.ConfigMap.get("default/two"), before);
      assert.equal(world.version(), 2);
    });
  });

  test("that change nothing make no batch", async () => {
    await inFileWorld({ "a.yaml": configMap("one", "1") }, async (world) => {
      world.write("a.yaml", `# a comment\n${configMap("one", "1")}`);
      world.write("b.yaml", configMap("marker", "1"));
      await world.until("the marker is there", has(world, "default/marker", "1"));
      assert.equal(world.objects.ConfigMap.get("default/one")?.metadata.generation, 1);
      assert.ok(world.version() <= 2);
    });
  });

  test("come and go with documents, files and folders", async () => {
    await inFileWorld({ "a.yaml": `${configMap("one", "1")}---\n${configMap("two", "2")}` }, async (world) => {
      world.write("a.yaml", configMap("one", "1"));
      await world.until("two is gone", has(world, "default/two", undefined));
      world.write("new/folder/b.yaml", configMap("three", "3"));
      await world.until("three is there", has(world, "default/three", "3"));
      world.write("new/folder/b.yaml", configMap("three", "4"));
      await world.until("three is changed", has(world, "default/three", "4"));
      rmSync(world.path("new"), { recursive: true });
      await world.until("three is gone", has(world, "default/three", undefined));
      unlinkSync(world.path("a.yaml"));
      await world.until("one is gone", has(world, "default/one", undefined));
      await world.until("its namespace is gone", () => world.objects.Namespace.size === 0);
    });
  });

  test("by renaming a new file over the old one (editors) lose nothing", async () => {
    await inFileWorld({ "a.yaml": configMap("one", "1") }, async (world) => {
      for (const next of ["2", "3"]) {
        world.write(".a.yaml.swp", configMap("one", next));
        renameSync(world.path("a.yaml"), world.path("a.yaml~"));
        renameSync(world.path(".a.yaml.swp"), world.path("a.yaml"));
        await world.until(`one is ${next}`, has(world, "default/one", next));
      }
    });
  });

  test("follow Kubernetes' ConfigMap mounts, which swap the link ..data", async () => {
    await inFileWorld({}, async (world) => {
      mkdirSync(world.path("..2026_1"));
      world.write("..2026_1/a.yaml", configMap("one", "1"));
      symlinkSync("..2026_1", world.path("..data"));
      symlinkSync("..data/a.yaml", world.path("a.yaml"));
      await world.until("one is there", has(world, "default/one", "1"));
      mkdirSync(world.path("..2026_2"));
      world.write("..2026_2/a.yaml", configMap("one", "2"));
      symlinkSync("..2026_2", world.path("..data_tmp"));
      renameSync(world.path("..data_tmp"), world.path("..data"));
      rmSync(world.path("..2026_1"), { recursive: true });
      await world.until("one is changed", has(world, "default/one", "2"));
      assert.deepEqual(world.problems(), []);
    });
  });

  test("move an object from file to file without a gap", async () => {
    await inFileWorld({ "a.yaml": configMap("one", "1"), "b.yaml": configMap("two", "2") }, async (world) => {
      const before = world.objects.ConfigMap.get("default/one");
      world.write("b.yaml", `${configMap("two", "2")}---\n${configMap("one", "1")}`);
      unlinkSync(world.path("a.yaml"));
      world.write("c.yaml", configMap("marker", "1"));
      await world.until("the marker is there", has(world, "default/marker", "1"));
      await world.until("no duplicate is left", () => world.problems().length === 0);
      assert.equal(world.objects.ConfigMap.get("default/one"), before);
    });
  });

  test("count in metadata.generation, unless only metadata changed", async () => {
    await inFileWorld({ "a.yaml": configMap("one", "1") }, async (world) => {
      const metadata = () => world.objects.ConfigMap.get("default/one")?.metadata;
      const first = metadata();
      assert.equal(first?.generation, 1);
      world.write("a.yaml", configMap("one", "2"));
      await world.until("the generation is 2", () => metadata()?.generation === 2);
      world.write("a.yaml", configMap("one", "2").replace("metadata:", "metadata:\n  labels: {a: b}"));
      await world.until("the label is there", () => metadata()?.labels?.a === "b");
      assert.equal(metadata()?.generation, 2);
      assert.equal(metadata()?.uid, first?.uid);
      assert.notEqual(metadata()?.resourceVersion, first?.resourceVersion);
    });
  });
});

describe("what is wrong", () => {
  test("keeps the last good version of its object in force, and says where it is", async () => {
    const route = (port: number) =>
      `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: app\nspec:\n  rules:\n  - backendRefs:\n    - name: app\n      port: ${port}\n`;
    await inFileWorld({ "a.yaml": `${configMap("one", "1")}---\n${route(80)}` }, async (world) => {
      world.write("a.yaml", `${configMap("one", "2")}---\n${route(80_000)}`);
      await world.until("one is changed", has(world, "default/one", "2"));
      assert.equal(world.objects.HTTPRoute.get("default/app")?.spec?.rules?.[0]?.backendRefs?.[0]?.port, 80);
      const [problem] = world.problems();
      assert.equal(problem?.file, world.path("a.yaml"));
      assert.equal(problem?.line, 17);
      assert.equal(problem?.object, "HTTPRoute default/app");
      assert.equal(problem?.field, "spec.rules[0].backendRefs[0].port");
      assert.match(problem?.message ?? "", /should be less than or equal to 65535/);
      await world.until("the log says so", () =>
        world.log().includes("a.yaml:17: HTTPRoute default/app: spec.rules[0].backendRefs[0].port"),
      );
      world.write("a.yaml", `${configMap("one", "2")}---\n${route(81)}`);
      await world.until("the route is changed", () => world.objects.HTTPRoute.get("default/app")?.metadata.generation === 2);
      assert.deepEqual(world.problems(), []);
      await world.until("the log says so", () => world.log().includes("all files are in order again"));
    });
  });

  test("in a half-written file takes nothing away", async () => {
    const whole = `${configMap("one", "1")}---\n${configMap("two", "2")}---\n${configMap("three", "3")}`;
    await inFileWorld({ "a.yaml": whole, "b.yaml": configMap("four", "4") }, async (world) => {
      world.write("a.yaml", `${configMap("one", "changed")}---\napiVersion: v1\nkind: "Config`);
      await world.until("one is changed", has(world, "default/one", "changed"));
      world.write("b.yaml", configMap("four", "5"));
      await world.until("four is changed", has(world, "default/four", "5"));
      assert.equal(value(world, "default/two"), "2");
      assert.equal(value(world, "default/three"), "3");
      assert.equal(world.problems()[0]?.line, 10);
      world.write("a.yaml", configMap("one", "changed"));
      await world.until("two is gone", has(world, "default/two", undefined));
    });
  });

  test("a file that is truncated and written again loses nothing", async () => {
    await inFileWorld(
      { "a.yaml": configMap("one", "1") },
      async (world) => {
        truncateSync(world.path("a.yaml"));
        world.write("b.yaml", configMap("marker", "1"));
        await world.until("the marker is there", has(world, "default/marker", "1"));
        assert.equal(value(world, "default/one"), "1");
        world.write("a.yaml", configMap("one", "2"));
        await world.until("one is changed", has(world, "default/one", "2"));
        assert.equal(world.objects.ConfigMap.get("default/one")?.metadata.generation, 2);
      },
      { removalDelayMs: 20_000 },
    );
  });

  test("two objects of one name: the first place counts until it is gone", async () => {
    await inFileWorld({ "a.yaml": configMap("one", "a"), "b.yaml": `\n${configMap("one", "b")}` }, async (world) => {
      assert.equal(value(world, "default/one"), "a");
      const message = `is a duplicate: the one at ${world.path("a.yaml")}:1 counts; remove one of them or give it another name`;
      assert.deepEqual(world.problems(), [{ file: world.path("b.yaml"), line: 2, object: "ConfigMap default/one", message }]);
      unlinkSync(world.path("a.yaml"));
      await world.until("the other one counts", has(world, "default/one", "b"));
      assert.deepEqual(world.problems(), []);
    });
  });

  test("binary files, bad encodings and unreadable files are told by name, and the others apply", async () => {
    const files = {
      "a.yaml": configMap("one", "1"),
      "b.yaml": Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2]),
      "c.yaml": Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]),
    };
    await inFileWorld(files, async (world) => {
      assert.equal(value(world, "default/one"), "1");
      assert.deepEqual(
        world.problems().map(({ file, message }) => [file, message]),
        [
          [world.path("b.yaml"), "is not a text file; remove it from the folder"],
          [world.path("c.yaml"), "is not UTF-8; save it as UTF-8"],
        ],
      );
    });
  });

  test("what cannot be read keeps its objects", { skip: process.getuid?.() === 0 && "root reads everything" }, async () => {
    await inFileWorld({ "a.yaml": configMap("one", "1") }, async (world) => {
      chmodSync(world.path("a.yaml"), 0);
      world.write("b.yaml", configMap("marker", "1"));
      await world.until("the problem is told", () => world.problems().some(({ message }) => message.includes("EACCES")));
      assert.equal(value(world, "default/one"), "1");
    });
  });

  test("a kind that is not built is refused by name", async () => {
    const policy = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: SecurityPolicy\nmetadata:\n  name: jwt\n";
    await inFileWorld({ "a.yaml": `${policy}---\n${configMap("one", "1")}` }, async (world) => {
      assert.equal(value(world, "default/one"), "1");
      assert.match(world.problems()[0]?.message ?? "", /SecurityPolicy is known but not built/);
    });
  });

  test("nothing of a Secret gets into the log or a problem", async () => {
    const secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: key\nstringData:\n  password: [hunter2]\n";
    await inFileWorld({ "a.yaml": secret, "b.yaml": `kind: Secret\nstringData: {password: hunter2` }, async (world) => {
      assert.equal(world.problems().length, 2);
      await world.until("the log says so", () => world.log().includes("b.yaml"));
      assert.ok(!JSON.stringify(world.problems()).includes("hunter2"), JSON.stringify(world.problems()));
      assert.ok(!world.log().includes("hunter2"), world.log());
    });
  });
});

describe("paths", () => {
  test("may be files with any name, and may be missing at first", async () => {
    const paths = ["objects/gateway.conf", "objects/later/x.yaml"];
    await inFileWorld(
      { "gateway.conf": configMap("one", "1"), "other.yaml": configMap("other", "1") },
      async (world) => {
        assert.deepEqual([...world.objects.ConfigMap.keys()], ["default/one"]);
        assert.match(world.problems()[0]?.message ?? "", /no such file or folder/);
        world.write("later/x.yaml", configMap("two", "2"));
        await world.until("two is there", has(world, "default/two", "2"));
        assert.deepEqual(world.problems(), []);
        world.write("gateway.conf", configMap("one", "2"));
        await world.until("one is changed", has(world, "default/one", "2"));
        assert.equal(value(world, "default/other"), undefined);
      },
      { paths },
    );
  });

  test("may be a folder that is removed and made again", async () => {
    await inFileWorld({ "a.yaml": configMap("one", "1") }, async (world) => {
      rmSync(world.folder, { recursive: true });
      await world.until("one is gone", has(world, "default/one", undefined));
      mkdirSync(world.folder);
      world.write("a.yaml", configMap("one", "2"));
      await world.until("one is back", has(world, "default/one", "2"));
      world.write("a.yaml", configMap("one", "3"));
      await world.until("one is changed", has(world, "default/one", "3"));
    });
  });

  test("links are followed, circles end, and what is reached twice counts once", async () => {
    const outside = mkdtempSync(join(tmpdir(), "outside-"));
    writeFileSync(join(outside, "x.yaml"), configMap("outside", "1"));
    try {
      await inFileWorld({ "a.yaml": configMap("one", "1") }, async (world) => {
        symlinkSync(world.folder, world.path("circle"));
        symlinkSync(world.path("a.yaml"), world.path("again.yaml"));
        symlinkSync(outside, world.path("out"));
        symlinkSync("/nowhere/at/all.yaml", world.path("broken.yaml"));
        await world.until("the outside is there", has(world, "default/outside", "1"));
        await world.until("the broken link is told", () => world.problems().length > 0);
        assert.deepEqual(world.problems(), [
          { file: world.path("broken.yaml"), message: "the symbolic link leads nowhere; correct or remove it" },
        ]);
        writeFileSync(join(outside, "x.yaml"), configMap("outside", "2"));
        await world.until("the outside is changed", has(world, "default/outside", "2"));
      });
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  test("something that is no file does not stop the provider", async () => {
    await inFileWorld({ "a.yaml": configMap("one", "1") }, async (world) => {
      execFileSync("mkfifo", [world.path("pipe.yaml")]);
      await world.until("it is told", () =>
        world.problems().some(({ message }) => message.includes("neither a file nor a folder")),
      );
      world.write("a.yaml", configMap("one", "2"));
      await world.until("one is changed", has(world, "default/one", "2"));
    });
  });
});

describe("large files", () => {
  test("of 10 MB are read, and a change in them costs little more than reading them", async () => {
    const documents = Array.from({ length: 1_000 }, (_, index) => configMap(`map-${index}`, "x".repeat(10_000)));
    await inFileWorld({ "a.yaml": documents.join("---\n") }, async (world) => {
      assert.equal(world.objects.ConfigMap.size, 1_000);
      const before = world.objects.ConfigMap.get("default/map-7");
      documents[500] = configMap("map-500", "changed");
      world.write("a.yaml", documents.join("---\n"));
      await world.until("it is changed", has(world, "default/map-500", "changed"));
      assert.equal(world.objects.ConfigMap.get("default/map-7"), before);
    });
  });
});

test("a later provider goes on with last good versions and generations", async () => {
  let memory: FileMemory | undefined;
  await inFileWorld({ "a.yaml": configMap("a", "first"), "b.yaml": configMap("b", "one") }, async (world) => {
    world.write("a.yaml", configMap("a", "second"));
    await world.until("a is changed", () => world.objects.ConfigMap.get("default/a")?.metadata.generation === 2);
    memory = world.memory();
  });
  const broken = configMap("a", "third").replace("\ndata:", "\ndada:");
  await inFileWorld(
    { "a.yaml": broken, "b.yaml": configMap("b", "one") },
    async (world) => {
      assert.equal(world.objects.ConfigMap.get("default/a")?.data?.value, "second");
      assert.equal(world.objects.ConfigMap.get("default/a")?.metadata.generation, 2);
      assert.equal(world.objects.ConfigMap.get("default/b")?.metadata.generation, 1);
      assert.deepEqual(
        world.problems().map(({ file, object }) => [file, object]),
        [[world.path("a.yaml"), "ConfigMap default/a"]],
      );
      world.write("a.yaml", configMap("a", "fourth"));
      await world.until("a is in order", () => world.objects.ConfigMap.get("default/a")?.metadata.generation === 3);
    },
    { memory },
  );
});
