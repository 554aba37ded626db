import type { Given } from '../settings.ts';
import { CLOUD_REACHES } from './reach-cloud.ts';
import type { Reach } from './reach-paths.ts';
import { USER_REACHES } from './reach-users.ts';

/** Every setting of a stack, so that none is read and then forgotten. */
export const REACHES: Readonly<Record<keyof Given, readonly Reach[]>> = {
  ...CLOUD_REACHES,
  ...USER_REACHES,
};
