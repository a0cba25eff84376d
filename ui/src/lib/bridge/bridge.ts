// The page's only door: commands out, typed events in. Nothing else imports `@tauri-apps`.
import { Channel, invoke } from "@tauri-apps/api/core";
import { m } from "../messages";
import type { Trouble } from "./bindings";

export type { Channel };

/** Calls a command of the shell. Every rejection is a `Trouble`, whatever went wrong below. */
export async function call<T>(command: string, args?: Record<string, unknown> | Uint8Array): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (error) {
    throw asTrouble(error);
  }
}

/** A channel for one command's events, in order. */
export function channel<T>(receive: (event: T) => void): Channel<T> {
  return new Channel<T>(receive);
}

/** The trouble in an error: itself, or the closed table's "unexpected" when the shell said something else. */
export function asTrouble(error: unknown): Trouble {
  if (typeof error === "object" && error !== null && "code" in error && "cause" in error && "remedy" in error) {
    return error as Trouble;
  }
  return { code: "unexpected", cause: m.unexpected.cause(), remedy: m.unexpected.remedy() };
}
