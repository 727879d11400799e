import type { IncomingHttpHeaders } from "node:http";
import { isObject } from "../api/json-object.ts";
import { ApiError } from "./api-client.ts";

/** Reasons of answers that have no Status, by HTTP status code. Source: apimachinery meta/v1 StatusReason */
const reasons: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Expired",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** What is shown of an answer that is not the API server's own, as of a load balancer in between. */
const longestExcerpt = 200;

/** The error of an answer: the words of its Status; else of its text, as far as that is short. */
export function refusalOf(code: number, headers: IncomingHttpHeaders, text: string, request: string): ApiError {
  const status = statusOf(text);
  const reason = status.reason === "" ? (reasons[code] ?? "Unknown") : status.reason;
  const excerpt = text.trim().slice(0, longestExcerpt);
  const message =
    status.message === "" ? `${request} was answered with HTTP ${code}${excerpt && `: ${excerpt}`}` : status.message;
  return new ApiError(code, reason, message, retryAfter(headers["retry-after"]) ?? status.retryAfterSeconds);
}

/** The error of a Status that came as an event of a watch. */
export function refusalOfStatus(status: unknown, request: string): ApiError {
  const code = isObject(status) && typeof status.code === "number" ? status.code : 500;
  return refusalOf(code, {}, JSON.stringify(status) ?? "", request);
}

interface Status {
  readonly reason: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

function statusOf(text: string): Status {
  const none = { reason: "", message: "" };
  try {
    const status: unknown = JSON.parse(text);
    if (!isObject(status) || status.kind !== "Status") return none;
    const { reason, message, details } = status;
    const seconds = isObject(details) && typeof details.retryAfterSeconds === "number" ? details.retryAfterSeconds : undefined;
    return {
      reason: typeof reason === "string" ? reason : "",
      message: typeof message === "string" ? message : "",
      ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
    };
  } catch {
    return none;
  }
}

/** Seconds of a Retry-After header; dates, which the API server does not send, are not read. */
function retryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}
