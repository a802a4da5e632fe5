/// Buttons that make the next call go wrong. The whole list is for `POST /sandbox/faults`.
enum FaultPanel {
    private static let buttons: [(label: String, fields: [(String, String)])] = [
        ("The next call answers 503", [("fault", "status"), ("status", "503")]),
        ("The next call answers 429", [("fault", "status"), ("status", "429")]),
        ("The next call answers a page of HTML", [("fault", "html")]),
        ("The next call takes five seconds", [("fault", "delay"), ("milliseconds", "5000")]),
        ("The next call is done and breaks off", [("fault", "drop")]),
        ("The next token request answers 503", [("fault", "status"), ("status", "503"), ("path", "/oauth2/v1/token")]),
    ]

    static func html(_ org: OktaOrg) -> HTML {
        let waiting = org.faults.count
        return """
            <section aria-labelledby="faults">
            <h2 id="faults">Faults</h2>
            <p>\(waiting) waiting for a call; the clock is \(Int(org.clockAheadSeconds)) seconds ahead.</p>
            \(HTML(buttons.map(form)))</section>

            """
    }

    private static func form(_ button: (label: String, fields: [(String, String)])) -> HTML {
        let fields = button.fields.map { "<input type=\"hidden\" name=\"\($0.0)\" value=\"\($0.1)\">" as HTML }
        return """
            <form method="post" action="/sandbox/faults">\(HTML(fields))<button>\(button.label)</button></form>

            """
    }
}
