import Core
import Documents

extension HookRules {
    /// Reads the part `hooks` of a spoke file, which names one of its streams.
    init(_ source: MapReader, _ actions: [Action]) throws(DocumentProblem) {
        var map = source
        var verification = try map.map("verification")
        challengeHeader = try verification.text("header")
        challengeMember = try verification.text("member")
        guard TextFormat.header.accepts(challengeHeader), challengeHeader == challengeHeader.lowercased() else {
            throw verification.mustBe("header", "the name of a header in lowercase")
        }
        try verification.end()
        events = try map.optionalPointer("events") ?? ""
        stream = try map.name("stream")
        id = try map.name("id")
        published = try map.name("published")
        type = try map.name("type")
        let stream = stream
        guard let action = actions.first(where: { $0.key == stream }), let kind = action.kind as? StreamKind else {
            throw map.mustBe("stream", "the key of a stream, which lists the events that are sent")
        }
        for (member, name) in [("id", id), ("published", published), ("type", type)] {
            let field = kind.output.fields.first { $0.name == name }
            guard let field, !field.isOptional, field.kind == .string else {
                throw map.mustBe(member, "an output of \(stream) that is a text and always there")
            }
        }
        guard !kind.output.fields.contains(where: \.isSensitive) else {
            throw map.mustBe("stream", "a stream without sensitive outputs: what it lists starts flows")
        }
        compare = try Compare(try map.map("compare"), action)
        try map.end()
    }
}

extension HookRules.Compare {
    fileprivate init(_ source: MapReader, _ action: Action) throws(DocumentProblem) {
        var map = source
        since = try map.name("since")
        until = try map.name("until")
        filter = try map.name("filter")
        join = try map.text("join")
        let each = try map.text("each")
        guard let template = Template(each), template.inputs == ["type"] else {
            throw map.mustBe("each", "a condition with {type} in it, once")
        }
        self.each = template
        try map.end()
        let required = action.input.properties.filter(\.isRequired).map(\.name)
        guard Set(required).isSubset(of: [since, until, filter]) else {
            throw map.problem(at: map.line, "\(map.what) must give \(action.key) every input that it requires")
        }
        var most = 0
        for (member, name) in [("since", since), ("until", until), ("filter", filter)] {
            guard let property = action.input.property(name), property.kind == .string else {
                throw map.mustBe(member, "an input of \(action.key) that is a text")
            }
            if member == "filter" { most = property.text.length.upperBound }
        }
        guard most >= each.utf8.count + Limits.hookEventType.value else {
            throw map.mustBe("filter", "an input of \(action.key) that is long enough for one type of event")
        }
        filterMost = most
    }
}
