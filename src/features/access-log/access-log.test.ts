import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { proxySite } from "../../../test/builders/proxy-site.ts";
import type { EnvoyProxySpec } from "../../api/envoy/envoy-proxy.ts";
import { accessLog } from "./access-log.ts";
import { accessLogField } from "./settings.ts";

type AccessLogSpec = NonNullable<NonNullable<EnvoyProxySpec["telemetry"]>["accessLog"]>;
type Setting = NonNullable<AccessLogSpec["settings"]>[number];

const base: EnvoyProxySpec = { logging: { level: { default: "warn" } } };

function translate(accessLogSpec?: AccessLogSpec) {
  const spec = accessLogSpec === undefined ? base : { ...base, telemetry: { accessLog: accessLogSpec } };
  const { parts, problems } = accessLogField.translate(spec, {}, proxySite);
  return {
    problems: problems.map(({ message }) => message),
    listener: accessLog.listener?.({}, parts, {}),
    manager: accessLog.connectionManager?.({ statPrefix: "a" }, parts, {}),
    router: accessLog.router?.({}, parts, {}),
  };
}

function toFile(setting: Partial<Setting> = {}): Setting {
  return { format: { type: "Text", text: "%PROTOCOL%\n" }, sinks: [{ type: "File", file: { path: "/a" } }], ...setting };
}

const refused = { responseFlagFilter: { flags: ["NR"] } };
const textConfig = {
  "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
  path: "/a",
  logFormat: { textFormatSource: { inlineString: "%PROTOCOL%\n" } },
};
const text = { name: "envoy.access_loggers.file", typedConfig: textConfig };

describe("access logs", () => {
  it("are of requests and of connections without one, where nothing else is asked for", () => {
    const { listener, manager, router } = translate({ settings: [toFile()] });
    assert.deepEqual(listener, { accessLog: [{ ...text, filter: refused }] });
    assert.deepEqual(manager?.accessLog, [text]);
    assert.deepEqual(router, {});
  });

  it("are of the traffic asked for alone", () => {
    const listener = translate({ settings: [toFile({ type: "Listener" })] });
    assert.deepEqual([listener.listener?.accessLog, listener.manager?.accessLog], [[text], undefined]);
    const route = translate({ settings: [toFile({ type: "Route" })] });
    assert.deepEqual([route.listener?.accessLog, route.manager?.accessLog], [undefined, [text]]);
    const tries = translate({ settings: [toFile({ type: "Upstream" })] });
    assert.deepEqual([tries.listener, tries.manager?.accessLog], [{}, undefined]);
    assert.deepEqual(tries.router, { upstreamLog: [text], upstreamLogOptions: { flushUpstreamLogOnUpstreamStream: true } });
  });

  it("without settings are the default: JSON on standard output; switched off, there are none", () => {
    for (const spec of [undefined, {}])
      assert.match(JSON.stringify(translate(spec).manager), /"path":"\/dev\/stdout".*start_time/);
    const { listener, manager, problems } = translate({ disable: true, settings: [toFile({ matches: [")"] })] });
    assert.deepEqual([listener, manager, problems], [{}, { statPrefix: "a" }, []]);
  });

  it("need all expressions to hold", () => {
    const { listener, manager } = translate({ settings: [toFile({ matches: ["response.code >= 400"] })] });
    const type = "type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter";
    const typedConfig = { "@type": type, expression: "response.code >= 400" };
    const cel = { extensionFilter: { name: "envoy.access_loggers.extension_filters.cel", typedConfig } };
    assert.deepEqual(manager?.accessLog?.[0]?.filter, cel);
    assert.deepEqual(listener?.accessLog?.[0]?.filter, { andFilter: { filters: [cel, refused] } });
  });

  it("have the default format in a file without one, and formatters for commands that need them", () => {
    const plain = translate({ settings: [{ sinks: [{ type: "File", file: {} }] }] });
    assert.deepEqual(plain.manager, translate().manager);
    const json = { a: "%CEL(request.path)%", b: "%METADATA(ROUTE:x)%", c: "%REQ_WITHOUT_QUERY(:PATH)%" };
    const formatted = JSON.stringify(translate({ settings: [toFile({ format: { type: "JSON", json } })] }).manager);
    assert.deepEqual(
      [...formatted.matchAll(/envoy\.formatter\.\w+/g)].map(([name]) => name),
      ["envoy.formatter.req_without_query", "envoy.formatter.metadata", "envoy.formatter.cel"],
    );
  });

  it("with a mistake are none, and say what is wrong where", () => {
    const { listener, manager, problems } = translate({
      settings: [
        toFile(),
        toFile({ format: { type: "JSON", json: { code: "%RESPONSE_COD%" } }, matches: ["true", ")++++"] }),
        toFile({ format: { text: "a", json: { b: "c" } } }),
      ],
    });
    assert.deepEqual([listener, manager], [{}, { statPrefix: "a" }]);
    assert.deepEqual(problems, [
      "spec.telemetry.accessLog.settings[1].format.json.code: %RESPONSE_COD%: Envoy knows no command operator RESPONSE_COD",
      "spec.telemetry.accessLog.settings[1].matches[1]: invalid CEL expression: )++++",
      "spec.telemetry.accessLog.settings[2].format: a line of a file is either text or json; remove one of them",
    ]);
  });
});
