// What a citation button needs, handed down to wherever in the answer it stands.
import { createContext } from "svelte";
import type { Citation } from "../bridge/bindings";

export interface Citations {
  /** The citation of that index, if the answer has it. */
  at(index: number): Citation | undefined;
}

export const [useCitations, provideCitations] = createContext<Citations>();
