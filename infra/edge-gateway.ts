import type { ApplicationGatewayArgs } from '@pulumi/azure-native/network/index.js';
import type * as azure from '@pulumi/azure-native/types/input.js';
import type * as pulumi from '@pulumi/pulumi';
import { EDGE_SECONDS } from './edge-timeouts.ts';
import { GATEWAY_PORT } from './network-rules.ts';
import type { Settings } from './profiles.ts';

type Part = azure.network.SubResourceArgs;

/** What the edge is made of. */
export interface EdgeParts {
  readonly settings: Settings;
  /** The edge's own resource id, by which its parts refer to each other. */
  readonly ownId: pulumi.Output<string>;
  readonly subnetId: pulumi.Input<string>;
  readonly publicAddressId: pulumi.Input<string>;
  readonly gatewayAddress: string;
  /** The name by which clients reach the gateway; it answers to no other. */
  readonly host: pulumi.Input<string>;
  /** Absent with plain HTTP. */
  readonly certificateId: pulumi.Input<string> | undefined;
}

/** The way from the public address to the gateway: TLS ends here, streams pass as they come. */
export function edgeGateway(parts: EdgeParts): Partial<ApplicationGatewayArgs> {
  const { settings, certificateId } = parts;
  const part = (collection: string, name: string): Part => ({
    id: parts.ownId.apply((id) => `${id}/${collection}/${name}`),
  });
  const hasTls = certificateId !== undefined;
  return {
    sku: tier(settings),
    autoscaleConfiguration: { minCapacity: settings.edgeMin, maxCapacity: settings.edgeMax },
    ...(settings.zones.length > 0 && { zones: [...settings.zones] }),
    enableHttp2: true,
    // Answers are streams; requests are kept until they are whole, which the firewall demands.
    globalConfiguration: { enableResponseBuffering: false, enableRequestBuffering: true },
    gatewayIPConfigurations: [{ name: 'subnet', subnet: { id: parts.subnetId } }],
    frontendIPConfigurations: [{ name: 'public', publicIPAddress: { id: parts.publicAddressId } }],
    frontendPorts: [{ name: 'http', port: 80 }, ...(hasTls ? [{ name: 'https', port: 443 }] : [])],
    ...backend(parts, part),
    ...(hasTls ? listenWithTls(certificateId, part) : listenWithoutTls(part)),
  };
}

function tier({ firewall }: Settings): azure.network.ApplicationGatewaySkuArgs {
  const name = firewall === 'off' ? 'Standard_v2' : 'WAF_v2';
  return { name, tier: name };
}

type Name = (collection: string, name: string) => Part;

function backend(
  { gatewayAddress, host, certificateId }: EdgeParts,
  part: Name,
): Partial<ApplicationGatewayArgs> {
  return {
    backendAddressPools: [{ name: 'gateway', backendAddresses: [{ ipAddress: gatewayAddress }] }],
    probes: [
      {
        name: 'gateway',
        protocol: 'Http',
        host,
        path: '/ping',
        interval: 15,
        timeout: 10,
        unhealthyThreshold: 3,
        match: { statusCodes: ['200-399'] },
      },
    ],
    backendHttpSettingsCollection: [
      {
        name: 'gateway',
        protocol: 'Http',
        port: GATEWAY_PORT,
        requestTimeout: EDGE_SECONDS.answer,
        cookieBasedAffinity: 'Disabled', // sessions find their replica by their id
        connectionDraining: { enabled: true, drainTimeoutInSec: EDGE_SECONDS.drain },
        probe: part('probes', 'gateway'),
      },
    ],
    rewriteRuleSets: [{ name: 'headers', rewriteRules: rewrites(certificateId !== undefined) }],
  };
}

const STRICT_TRANSPORT = {
  name: 'strict-transport',
  ruleSequence: 200,
  actionSet: {
    responseHeaderConfigurations: [
      { headerName: 'Strict-Transport-Security', headerValue: 'max-age=31536000' },
    ],
  },
};

function rewrites(hasTls: boolean): azure.network.ApplicationGatewayRewriteRuleArgs[] {
  return [
    {
      name: 'client-address', // without the port, which is no part of the header's form
      ruleSequence: 100,
      actionSet: {
        requestHeaderConfigurations: [
          { headerName: 'X-Forwarded-For', headerValue: '{var_add_x_forwarded_for_proxy}' },
        ],
      },
    },
    ...(hasTls ? [STRICT_TRANSPORT] : []),
  ];
}

function listener(name: 'http' | 'https', part: Name) {
  return {
    name,
    frontendIPConfiguration: part('frontendIPConfigurations', 'public'),
    frontendPort: part('frontendPorts', name),
    protocol: name === 'http' ? 'Http' : 'Https',
  };
}

function toGateway(from: 'http' | 'https', part: Name) {
  return {
    name: 'gateway',
    ruleType: 'Basic',
    priority: 100,
    httpListener: part('httpListeners', from),
    backendAddressPool: part('backendAddressPools', 'gateway'),
    backendHttpSettings: part('backendHttpSettingsCollection', 'gateway'),
    rewriteRuleSet: part('rewriteRuleSets', 'headers'),
  };
}

function listenWithoutTls(part: Name): Partial<ApplicationGatewayArgs> {
  return {
    httpListeners: [listener('http', part)],
    requestRoutingRules: [toGateway('http', part)],
  };
}

function listenWithTls(
  certificateId: pulumi.Input<string>,
  part: Name,
): Partial<ApplicationGatewayArgs> {
  return {
    sslCertificates: [{ name: 'gateway', keyVaultSecretId: certificateId }],
    sslPolicy: { policyType: 'Predefined', policyName: 'AppGwSslPolicy20220101S' },
    httpListeners: [
      listener('http', part),
      { ...listener('https', part), sslCertificate: part('sslCertificates', 'gateway') },
    ],
    redirectConfigurations: [
      {
        name: 'to-https',
        redirectType: 'Permanent',
        targetListener: part('httpListeners', 'https'),
        includePath: true,
        includeQueryString: true,
      },
    ],
    requestRoutingRules: [
      toGateway('https', part),
      {
        name: 'to-https',
        ruleType: 'Basic',
        priority: 200,
        httpListener: part('httpListeners', 'http'),
        redirectConfiguration: part('redirectConfigurations', 'to-https'),
      },
    ],
  };
}
