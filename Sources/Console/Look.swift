import Core
import Keys
import Mustache

/// The templates, the style sheet and the script, as they are built into the program.
struct Look: Sendable {
    /// A file that browsers may keep for good: its path changes when it does.
    struct Asset: Sendable {
        let file: String
        let contentType: String
        let bytes: [UInt8]
        var path: Path { Path("assets", file) }

        init(_ name: String, _ ending: String, _ contentType: String, _ bytes: [UInt8]) {
            file = "\(name)-\(Hex.encode(Hashing.sha256(bytes)).prefix(16)).\(ending)"
            self.contentType = contentType
            self.bytes = bytes
        }
    }

    static let style = Asset("console", "css", "text/css; charset=utf-8", PackageResources.console_css)
    static let script = Asset("console", "js", "text/javascript; charset=utf-8", PackageResources.console_js)
    static let icon = Asset("mark", "svg", "image/svg+xml", PackageResources.mark_svg)
    static let assets = [style, script, icon]

    /// Every template by its name. One more is one line.
    private static let templates: [(name: String, bytes: [UInt8])] = [
        ("page", PackageResources.page_mustache),
        ("alone", PackageResources.alone_mustache),
        ("mark", PackageResources.mark_mustache),
        ("cell", PackageResources.cell_mustache),
        ("table", PackageResources.table_mustache),
        ("facts", PackageResources.facts_mustache),
        ("filter", PackageResources.filter_mustache),
        ("form", PackageResources.form_mustache),
        ("field-line", PackageResources.field_line_mustache),
        ("field-lines", PackageResources.field_lines_mustache),
        ("field-choice", PackageResources.field_choice_mustache),
        ("field-check", PackageResources.field_check_mustache),
        ("field-checks", PackageResources.field_checks_mustache),
        ("field-rows", PackageResources.field_rows_mustache),
        ("optional", PackageResources.optional_mustache),
        ("limits", PackageResources.limits_mustache),
        ("described", PackageResources.described_mustache),
        ("hint", PackageResources.hint_mustache),
        ("words", PackageResources.words_mustache),
        ("note", PackageResources.note_mustache),
        ("outgoing", PackageResources.outgoing_mustache),
        ("source", PackageResources.source_mustache),
        ("difference", PackageResources.difference_mustache),
        ("secret", PackageResources.secret_mustache),
        ("numbers", PackageResources.numbers_mustache),
        ("chart", PackageResources.chart_mustache),
        ("way", PackageResources.way_mustache),
        ("findings", PackageResources.findings_mustache),
        ("tiles", PackageResources.tiles_mustache),
        ("graph", PackageResources.graph_mustache),
        ("guide", PackageResources.guide_mustache),
        ("tabs", PackageResources.tabs_mustache),
        ("progress", PackageResources.progress_mustache),
    ]

    /// All templates, read for the first page: a hub that shows none starts without them.
    private let library = Once {
        MustacheContentTypes.register(SafeText(), named: "SAFE")
        var library = MustacheLibrary()
        for template in Self.templates {
            let text = "{{% CONTENT_TYPE:SAFE}}" + String(decoding: template.bytes, as: UTF8.self)
            try library.register(text, named: template.name)
        }
        return library
    }

    /// A template filled from a model.
    func render(_ template: String, _ model: any Sendable) throws -> String {
        guard let text = try library.get().render(model, withTemplate: template) else {
            throw HubError(.internal, "no_template", "Internal error.", detail: "there is no template \(template)")
        }
        return text
    }
}

/// Escapes by bytes. The library's own way goes by characters, to which `"` and a combining mark are one that needs
/// no escape, while a browser ends the attribute there.
struct SafeText: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var safe: [UInt8] = []
        safe.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "<"): safe += "&lt;".utf8
            case UInt8(ascii: ">"): safe += "&gt;".utf8
            case UInt8(ascii: "&"): safe += "&amp;".utf8
            case UInt8(ascii: "\""): safe += "&quot;".utf8
            case UInt8(ascii: "'"): safe += "&#39;".utf8
            default: safe.append(byte)
            }
        }
        return String(decoding: safe, as: UTF8.self)
    }
}
