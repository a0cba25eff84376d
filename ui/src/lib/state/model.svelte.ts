// The model and its state, as the shell tells it for as long as the page lives.
import { commands, type ModelStatus, type Trouble } from "../bridge/bindings";
import { asTrouble, channel } from "../bridge/bridge";

export class Model {
  /** Null until the shell has said something. */
  status = $state.raw<ModelStatus | null>(null);
  #watching = false;

  /** Follows the model; once is enough. */
  watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const events = channel<ModelStatus>((status) => (this.status = status));
    commands.modelWatch(events).catch((error: unknown) => (this.status = { state: "failed", trouble: asTrouble(error) }));
  }

  /** Looks for the model again; its progress comes by the watch. */
  async reload(): Promise<void> {
    try {
      await commands.modelReload();
    } catch (error) {
      this.status = { state: "failed", trouble: asTrouble(error) };
    }
  }

  /** Why there is no model, if so. */
  get trouble(): Trouble | null {
    return this.status && "trouble" in this.status ? this.status.trouble : null;
  }
}
