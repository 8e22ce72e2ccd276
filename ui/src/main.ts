// Starts the page.
import { mount } from 'svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/prose.css';
import './styles/print.css';
import './styles/forced.css';
import App from './components/App.svelte';
import { takeOver } from './lib/former';

takeOver();
const target = document.getElementById('app');
if (target) mount(App, { target });
