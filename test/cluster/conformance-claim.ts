/** What the conformance suite is asked to prove. */
import { supportedFeatures } from "../../src/gatewayapi/supported-features.ts";
import { freeAddress } from "./addresses.ts";
import { className } from "./gateway-install.ts";

/** All profiles of the suite but that of meshes. */
const profiles = ["GATEWAY-HTTP", "GATEWAY-GRPC", "GATEWAY-TLS", "GATEWAY-TCP", "GATEWAY-UDP"];

/** The claim is what the status of our GatewayClasses says in a cluster. */
const features = supportedFeatures({ detectsMisdirected: true, hostInfrastructure: false });

/** The test that looks for a Gateway's objects in the Gateway's namespace: it can be run only where proxies are beside their Gateways. */
export const besideGatewayTest = "GatewayInfrastructure";

/** What one run of the suite is asked for. */
export interface SuiteRun {
  /** One test instead of all. */
  readonly only?: string;
  readonly skip?: string;
  /** The file that the suite writes its report to. */
  readonly report: string;
}

/** The arguments of the suite's program. */
export function suiteArguments({ only, skip, report }: SuiteRun): string[] {
  return [
    "-test.v",
    "-test.run=^TestConformance$",
    "-test.timeout=60m",
    `--gateway-class=${className}`,
    `--supported-features=${features.join(",")}`,
    `--conformance-profiles=${profiles.join(",")}`,
    `--usable-address=${freeAddress}`,
    "--unusable-address=unusable.example.com",
    "--organization=envoyproxy",
    "--project=envoy-gateway",
    "--url=https://gateway.envoyproxy.io",
    "--version=v1.9",
    "--contact=https://gateway.envoyproxy.io/contributions",
    // Longer than the suite's own, for machines that are slow or busy: only what fails takes longer by it.
    "--timeout-config-overrides=MaxTimeToConsistency:90;GetTimeout:30;DeleteTimeout:30",
    `--report-output=${report}`,
    ...(only === undefined ? [] : [`--run-test=${only}`]),
    ...(skip === undefined ? [] : [`--skip-tests=${skip}`]),
  ];
}
