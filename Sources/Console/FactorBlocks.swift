import Core
import Hub

/// What pages about the second factor share.
enum FactorBlocks {
    /// The secret for an authenticator app, as text: what cannot read an address takes the letters.
    static func secret(_ secret: FactorSecret) -> [Block] {
        [
            .secret(secret.typed.shownOnce, "The secret for your authenticator app. It is shown this once."),
            .source(secret.address.shownOnce, label: "The same as an address, for apps that take one"),
        ]
    }

    /// The recovery codes that were just made.
    static func recovery(_ codes: [Secret]) -> Block {
        .secret(
            codes.map(\.shownOnce).joined(separator: " "),
            "Recovery codes. Each signs you in once if you lose the app. They are shown this once: keep them somewhere else "
                + "than the app.")
    }

    /// A form that asks for a code.
    static func codeForm(to path: Path, csrf: String, submit: String, problem: String? = nil) -> FormView {
        var code = Input(.line, "code", "Code")
        (code.isRequired, code.autocomplete) = (true, "one-time-code")
        var form = FormView(action: path, csrf: csrf, submit: submit)
        form.fields = [code]
        form.problem = problem.map { .init(sentence: $0, field: .init(id: code.id)) }
        return form
    }
}

extension Secret {
    /// As text, for the one page that hands it to its owner.
    var shownOnce: String { reveal { String(decoding: $0, as: UTF8.self) } }
}
