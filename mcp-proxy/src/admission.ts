import type { Era } from './era-probe.ts';
import type { Post } from './http/post.ts';

/** Calls `use` with the era once a post may come in, or answers with why it may not. */
export type Admission = (post: Post, use: (era: Era) => void) => void;
