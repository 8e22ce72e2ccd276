// Starts the page.
import { mount } from 'svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/prose.css';
import './styles/print.css';
import './styles/forced.css';
import App from './page/App.svelte';
import { takeOver } from './state/former';

takeOver();
const target = document.getElementById('app');
if (target) mount(App, { target });
