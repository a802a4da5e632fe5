import Core
import Hub
import Ports

/// Where people let a device in that has no browser: the code that it shows, and the question whether it may.
struct DevicePages: Sendable {
    let frame: Frame

    var all: [Page] {
        [
            Page("GET", PageRequest.devicePath, name: "oauth.device.page", need: .signedIn) { request in
                guard let code = request.query("user_code") else { return .html(try entry(of: request)) }
                return try await ask(code, request)
            },
            Page("POST", "/console/device", name: "console.device.ask", need: .signedIn) { request in
                try await ask(request.form("user_code") ?? "", request)
            },
            Page("POST", "/console/device/answer", name: "console.device.answer", need: .signedIn) { request in
                let allows = request.form("refuse") == nil
                switch try await request.answerDevice(request.form("user_code") ?? "", allows: allows) {
                case .failure(let error): return try again(error, request)
                case .success(let question): return try done(question, allows)
                }
            },
        ]
    }

    private func ask(_ code: String, _ request: PageRequest) async throws -> PageReply {
        switch try await request.deviceQuestion(code) {
        case .failure(let error): return try again(error, request)
        case .success(let question):
            let form = FormView.allowing(
                Path("device", "answer"), csrf: request.session?.csrfToken ?? "",
                of: .init(name: "user_code", text: question.code))
            let scopes = question.scopes.map { Fact(name: $0.name, value: .text($0.says)) }
            var reply = PageReply.html(
                try frame.alone(
                    "Allow a device?",
                    // RFC 8628 §5.4: who is sent here by somebody else would let that one's device in.
                    says: "A device with the application \(question.client) asks to act for you, with your rights and "
                        + "within these scopes. Allow it only if you have it before you and it shows this code.",
                    [
                        Block.facts(scopes).titled("Scopes"),
                        Block.facts([
                            Fact(name: "Signed in as", value: .text(question.user)),
                            Fact(name: "The device shows", value: .code(question.code)),
                        ]).titled("Who and which"),
                        .form(form),
                    ]))
            reply.client = question.client
            return reply
        }
    }

    private func done(_ question: DeviceQuestion, _ allows: Bool) throws -> PageReply {
        var reply = PageReply.html(
            try frame.alone(
                allows ? "The device is let in" : "The device is refused",
                says: allows
                    ? "\(question.client) goes on by itself in a moment. You can withdraw this on your account page."
                    : "\(question.client) gets nothing.",
                [], link: Link("Your account", Path("account"))))
        reply.client = question.client
        return reply
    }

    private func again(_ error: HubError, _ request: PageRequest) throws -> PageReply {
        PageReply.html(try entry(of: request, problem: error.message)).refusing(error)
    }

    private func entry(of request: PageRequest, problem: String? = nil) throws -> String {
        var code = Input(.line, "user_code", "Code")
        code.isRequired = true
        var form = FormView(action: Path("device"), csrf: request.session?.csrfToken ?? "", submit: "Go on")
        form.fields = [code]
        form.problem = problem.map { .init(sentence: $0, field: .init(id: code.id)) }
        return try frame.alone("Let a device in", says: "Type the code that the device shows.", [.form(form)])
    }
}
