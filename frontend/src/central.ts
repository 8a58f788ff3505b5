import "./ui/tokens.css";
