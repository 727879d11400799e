import { createServer, type Server } from "node:http";
import { type Answer, answering, text } from "./answer.ts";

/** Metrics in the text format of Prometheus. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Makes the server of `/metrics`, as Envoy Gateway has it on port 19001. */
export function createMetricsServer(metrics: MetricsText): Server {
  return createServer(
    answering(({ pathname }) => (pathname === "/metrics" ? answerMetrics(metrics) : text(404, "there is /metrics"))),
  );
}

/** The answer that has all metrics. */
export async function answerMetrics(metrics: MetricsText): Promise<Answer> {
  return { status: 200, contentType: metrics.contentType, body: await metrics.text() };
}
