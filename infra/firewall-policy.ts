import type * as azure from '@pulumi/azure-native/types/input.js';
import type { Settings } from './profiles.ts';

/** Requests of one client address in a minute, before it is taken for an attack. */
const REQUESTS_A_MINUTE = 6000;

/** What the web application firewall looks at, and what it does then. */
export function firewallPolicy({ firewall }: Settings) {
  return {
    policySettings: {
      state: 'Enabled',
      mode: firewall === 'prevention' ? 'Prevention' : 'Detection',
      requestBodyCheck: true,
      // How large a body may be is the gateway's decision.
      requestBodyEnforcement: false,
      requestBodyInspectLimitInKB: 128,
      fileUploadEnforcement: false,
    } satisfies azure.network.PolicySettingsArgs,
    managedRules: {
      managedRuleSets: [
        { ruleSetType: 'Microsoft_DefaultRuleSet', ruleSetVersion: '2.1' },
        { ruleSetType: 'Microsoft_BotManagerRuleSet', ruleSetVersion: '1.1' },
      ],
      // MCP carries code, queries and prose, all of which look like attacks. Paths, headers and cookies are looked at.
      exclusions: ['RequestArgNames', 'RequestArgValues'].map((matchVariable) => ({
        matchVariable,
        selectorMatchOperator: 'EqualsAny',
        selector: '*',
      })),
    } satisfies azure.network.ManagedRulesDefinitionArgs,
    customRules: [
      {
        name: 'floods',
        priority: 10,
        ruleType: 'RateLimitRule',
        action: 'Block',
        rateLimitDuration: 'OneMin',
        rateLimitThreshold: REQUESTS_A_MINUTE,
        groupByUserSession: [{ groupByVariables: [{ variableName: 'ClientAddr' }] }],
        matchConditions: [
          {
            matchVariables: [{ variableName: 'RequestUri' }],
            operator: 'BeginsWith',
            matchValues: ['/'],
          },
        ],
      },
    ] satisfies azure.network.WebApplicationFirewallCustomRuleArgs[],
  };
}
