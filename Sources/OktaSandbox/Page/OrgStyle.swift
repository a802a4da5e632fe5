/// The page's style sheet, in the console's manner: the system's font, one accent, a grid of 4 px, light and dark.
enum OrgStyle {
    static let sheet = """
        :root { color-scheme: light dark; --text: #1b1e23; --soft: #5a6270; --line: #e1e4e8; --page: #ffffff;
          --side: #f7f8f9; --accent: #2f4fc4; }
        @media (prefers-color-scheme: dark) {
          :root { --text: #e4e7eb; --soft: #9ba3af; --line: #2a2e34; --page: #121417; --side: #17191d;
            --accent: #9db1ff; }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 1120px; padding: 24px 16px 64px; background: var(--page); color: var(--text);
          font: 14px/20px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
        h1 { font-size: 20px; line-height: 28px; font-weight: 600; margin: 0; }
        h2 { font-size: 14px; font-weight: 600; margin: 24px 0 8px; }
        p { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
        dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(152px, 1fr)); gap: 12px 16px; margin: 0;
          padding: 12px 16px; border: 1px solid var(--line); border-radius: 8px; }
        dt { color: var(--soft); font-size: 12px; }
        dd { margin: 0; font-size: 20px; line-height: 28px; font-weight: 600; }
        .wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
        table { border-collapse: collapse; width: 100%; }
        caption { text-align: left; padding: 8px 12px; color: var(--soft); }
        th, td { text-align: left; vertical-align: top; padding: 7px 12px 8px; border-top: 1px solid var(--line);
          white-space: nowrap; }
        thead th { padding-block: 6px; background: var(--side); color: var(--soft); font-size: 12px; font-weight: 500; }
        tbody th { font-weight: 500; }
        td.long { min-width: 320px; white-space: normal; overflow-wrap: anywhere; }
        code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 13px; }
        nav ul { display: flex; flex-wrap: wrap; gap: 8px; list-style: none; margin: 8px 0 0; padding: 0; }
        nav a { display: block; padding: 5px 12px; border: 1px solid var(--line); border-radius: 6px; color: var(--accent);
          text-decoration: none; }
        nav a[aria-current] { font-weight: 600; border-color: var(--accent); }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

        """
}
