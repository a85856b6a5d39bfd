// The styles that every page has.
import './tokens.css';
import './ui.css';
