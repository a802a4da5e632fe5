/// How a grant is set up at the provider: steps for a person, and a configuration for Terraform. Texts with `%names%` in
/// them, which a grant fills.
struct SetUp: Sendable {
    /// One thing to do.
    struct Step: Sendable {
        let says: String
        /// What is typed or pasted there, by the label of its place.
        let copies: [(label: String, text: String)]
        /// The step is left out where the grant has none of these; nil keeps it always.
        let needs: Part?
    }

    /// A part of a grant that a text names and that may be empty.
    enum Part: String, CaseIterable, Sendable {
        case scopes, permissions
        case standardRoles = "standard_roles"
        case resources
    }

    /// What else a text may name.
    enum Word: String, CaseIterable, Sendable {
        /// The connection's name.
        case name
        /// Where the provider sends authorization codes.
        case redirect = "redirect_uri"
        /// The account that is to consent.
        case account
        /// The provider's base URL.
        case url
        /// The addresses of the chosen resources.
        case members

        var isList: Bool { self == .members }

        /// Whether it stands for something that a client without anybody behind it lacks.
        var needsAccount: Bool { self == .account || self == .redirect }
    }

    /// What kind of client is made there.
    enum Template: String, CaseIterable, Sendable {
        /// One that acts for an account, which consents in a browser.
        case webApp = "web-app"
        /// One that acts for itself, and proves itself by a key.
        case serviceApp = "service-app"
    }

    /// How one template is set up.
    struct Way: Sendable {
        let steps: [Step]
        let terraform: String?
        /// How all of it is made through the provider's API; nil where the file does not say.
        let applying: Applying?
    }

    let webApp: Way
    /// Nil where the file knows none.
    let serviceApp: Way?
    /// How things are named that a resource set may hold.
    let resources: [ResourceForm]
    /// How they are looked for at the provider, by the name that `search` of a form means.
    let searches: [String: ResourceSearch]
    /// Rights that reach nothing by single members: the resource set must hold all of their kind.
    let needWhole: Set<String>

    func way(_ template: Template) -> Way? {
        switch template {
        case .webApp: webApp
        case .serviceApp: serviceApp
        }
    }

    /// The way of looking for what a form names; nil where the file states none.
    func search(_ form: ResourceForm) -> ResourceSearch? { form.search.flatMap { searches[$0] } }

    /// The names that texts may use.
    static let names = Part.allCases.map(\.rawValue) + Word.allCases.map(\.rawValue)
}
