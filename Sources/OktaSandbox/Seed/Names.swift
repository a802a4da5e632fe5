/// Invented people: any likeness is chance. Each name with the letters that its login uses.
enum Names {
    typealias Name = (shown: String, login: String)

    static let given: [Name] =
        plain(
            """
            Aisha Akira Alejandro Amara Amina Ana Anders Anjali Arjun Ayumi Beatriz Bilal Camille Carlos Chen \
            Chidi Daniel Dario Deepa Dimitri Elena Elif Emeka Emma Fatima Felix Freya Gabriel Grace Hana Hassan \
            Helena Ibrahim Ines Ingrid Isaac Ivana Jamal Jin Jonas Kaito Kamala Katja Kofi Lars Leila Liam Lucia \
            Magnus Malik Marek Maria Mei Mikael Mina Nadia Ngozi Nils Noor Olga Omar Paolo Petra Priya Rafael \
            Ravi Rosa Samira Sanjay Sofia Stefan Tariq Thandi Tomas Valentina Viktor Wei Yara Yusuf Zainab
            """) + [("Zoë", "zoe"), ("André", "andre"), ("Łukasz", "lukasz"), ("Søren", "soren"), ("Jürgen", "jurgen")]

    static let family: [Name] =
        plain(
            """
            Abara Adeyemi Albrecht Almeida Andersson Aoki Banerjee Bergstrom Bianchi Castillo Chaudhry Cohen \
            Costa Dahl Delacroix Demir Dlamini Duarte Eriksen Farouk Ferreira Fischer Fontaine Garcia Haddad \
            Hansen Hoffmann Horvat Ibanez Ito Ivanova Jansen Kaplan Karlsson Kaur Khoury Kimura Kowalski Kruger \
            Laurent Lindgren Lopes Mahmoud Marchetti Mbeki Mendes Moreau Nakamura Ndiaye Nguyen Nowak Obi Okafor \
            Olsen Osei Park Patel Pereira Petrov Quispe Rahman Reyes Rossi Sato Schneider Sharma Silva Singh \
            Suzuki Tanaka Torres Traore Ueda Vargas Vasquez Virtanen Wagner Weber Wong Yamada Yilmaz Zhang \
            Zimmermann
            """) + [
            ("Müller", "muller"), ("Gómez", "gomez"), ("Åström", "astrom"), ("Nuñez", "nunez"), ("O’Brien", "o'brien"),
        ]

    /// Department and the titles people have there.
    static let departments: [(name: String, titles: [String])] = [
        ("Engineering", ["Software Engineer", "Staff Engineer", "Engineering Manager", "Site Reliability Engineer"]),
        ("Finance", ["Accountant", "Controller", "Payroll Specialist"]),
        ("People", ["People Partner", "Recruiter", "Learning Lead"]),
        ("Sales", ["Account Executive", "Sales Engineer", "Regional Director"]),
        ("Support", ["Support Engineer", "Support Lead"]),
        ("Marketing", ["Content Strategist", "Brand Designer", "Campaign Manager"]),
        ("Legal", ["Counsel", "Contracts Manager"]),
        ("Operations", ["Facilities Coordinator", "Procurement Specialist", "Logistics Planner"]),
        ("Security", ["Security Engineer", "Security Analyst"]),
        ("Product", ["Product Manager", "Product Designer", "User Researcher"]),
    ]

    /// Groups that cut across departments.
    static let crossing: [(name: String, says: String)] = [
        ("VPN Users", "Remote access"), ("GitHub Members", "Source code access"), ("Jira Users", "Issue tracking"),
        ("Expense Approvers", "May approve expenses"), ("On-Call", "Answers the pager"),
        ("Managers", "Has people reporting"), ("Contractors", "People of other companies"),
        ("Stockholm Office", "Works in Stockholm"), ("Lisbon Office", "Works in Lisbon"),
        ("Singapore Office", "Works in Singapore"),
    ]

    /// An application of the org, who has it, and how many of the first people have it by themselves.
    typealias AppSeed = (
        label: String, name: String, mode: String, isActive: Bool, groups: [String], direct: Int
    )

    static let apps: [AppSeed] = [
        ("Okta Admin Console", "saasure", "OPENID_CONNECT", true, [], 1),
        ("Acme Wiki", "acme_wiki", "SAML_2_0", true, ["Everyone"], 0),
        ("Acme Source", "acme_source", "SAML_2_0", true, ["GitHub Members", "Engineering"], 0),
        ("Acme Remote", "acme_remote", "OPENID_CONNECT", true, ["VPN Users"], 0),
        ("Acme Expenses", "acme_expenses", "BOOKMARK", true, ["Expense Approvers", "Finance"], 1),
        ("Acme Intranet 2019", "acme_intranet", "AUTO_LOGIN", false, ["Everyone"], 0),
    ]

    static let cities = ["Stockholm", "Lisbon", "Singapore", "Toronto", "Nairobi", "Berlin", "Osaka", "São Paulo"]

    private static func plain(_ text: String) -> [Name] {
        text.split(separator: " ").map { (String($0), $0.lowercased()) }
    }
}
