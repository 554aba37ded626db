// Plain JavaScript, for Pulumi compiles a pack whose entry is TypeScript, and by rules of its own; Node runs the rest as it is.
import { PolicyPack } from '@pulumi/policy';
import { CLOUD_POLICIES } from './cloud-policies.ts';
import { POD_POLICIES } from './pod-policies.ts';

new PolicyPack('mcp-gateway', { policies: [...CLOUD_POLICIES, ...POD_POLICIES] });
