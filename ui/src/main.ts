// Mounts the page.
import { mount } from "svelte";
import App from "./App.svelte";
import { reportViolations } from "$lib/bridge/violations";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";

reportViolations(document);
const target = document.getElementById("clocher");
if (target) mount(App, { target });
