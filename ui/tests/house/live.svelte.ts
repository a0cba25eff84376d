// An answer that grows, as properties of a component.
import type { Message } from "../../src/lib/bridge/bindings";

export class Live {
  props: { message: Message; live: boolean };

  constructor(message: Message) {
    this.props = $state({ message, live: true });
  }

  say(text: string): void {
    this.props.message = { ...this.props.message, text: this.props.message.text + text };
  }
}
