using Mesh.Runtime.Model;
using Mesh.Runtime.Proxy;
using Mesh.Runtime.Security;

namespace Mesh.Runtime.Tests.Security;

/// <summary>Istio on plain TCP: a rule of ALLOW that asks for something of HTTP is none; one of DENY holds by the rest of it (istio.io, "Authorization for TCP traffic").</summary>
public class TcpRulesTests
{
    private static readonly TextList Shop = new() { Values = ["cluster.local/ns/default/sa/shop"] };
    private static readonly TextList Port = new() { Values = ["9000"] };
    private static readonly TextList Get = new() { Values = ["GET"] };

    public static TheoryData<string, AuthorizationConfig, string, int, bool> Rules => new()
    {
        { "allow by principal", new() { Allow = [From(Shop)] }, "shop", 9000, true },
        { "allow another principal", new() { Allow = [From(Shop)] }, "cart", 9000, false },
        { "allow by port", new() { Allow = [To(new() { Ports = Port })] }, "cart", 9000, true },
        { "allow another port", new() { Allow = [To(new() { Ports = Port })] }, "cart", 9001, false },
        { "allow that asks for a method", new() { Allow = [To(new() { Ports = Port, Methods = Get })] }, "cart", 9000, false },
        { "allow that asks for no method but one", new() { Allow = [To(new() { Methods = new() { Not = ["GET"] } })] }, "cart", 9000, false },
        { "allow that asks for a path in one of two operations", new() { Allow = [new() { To = [new() { Ports = Port }, new() { Paths = Get }] }] }, "cart", 9000, false },
        { "allow that asks for a host", new() { Allow = [To(new() { Hosts = Get })] }, "cart", 9000, false },
        { "allow that asks for a token", new() { Allow = [new() { From = [new() { RequestPrincipals = new() { Values = ["*"] } }] }] }, "cart", 9000, false },
        { "allow that asks for a header", new() { Allow = [When("request.headers[x]")] }, "cart", 9000, false },
        { "allow by one rule beside another that is none", new() { Allow = [To(new() { Methods = Get }), From(Shop)] }, "shop", 9000, true },
        { "allow by a condition on the connection", new() { Allow = [new() { When = [new("destination.port", Port)] }] }, "cart", 9000, true },
        { "allow everything", new() { Allow = [new()] }, "cart", 9000, true },
        { "deny by principal", new() { Deny = [From(Shop)] }, "shop", 9000, false },
        { "deny another principal", new() { Deny = [From(Shop)] }, "cart", 9000, true },
        { "deny that asks for a method alone refuses all", new() { Deny = [To(new() { Methods = Get })] }, "cart", 9000, false },
        { "deny that asks for a method at a port refuses the port", new() { Deny = [To(new() { Ports = Port, Methods = Get })] }, "cart", 9000, false },
        { "deny that asks for a method at another port", new() { Deny = [To(new() { Ports = Port, Methods = Get })] }, "cart", 9001, true },
        { "deny that asks for a header of a principal", new() { Deny = [From(Shop) with { When = [new("request.headers[x]", Get)] }] }, "shop", 9000, false },
        { "deny that asks for a header of another", new() { Deny = [From(Shop) with { When = [new("request.headers[x]", Get)] }] }, "cart", 9000, true },
        { "custom that asks for a method, and nobody to ask", new() { Custom = [To(new() { Methods = Get })] }, "cart", 9000, false },
        { "custom, allowed by a method alone", new() { Custom = [From(Shop)], CustomAllows = [To(new() { Methods = Get })] }, "shop", 9000, false },
        { "audit refuses nothing", new() { Audit = [To(new() { Methods = Get })] }, "cart", 9000, true },
        { "nothing said", new(), "cart", 9000, true },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Rules_hold_for_connections(string rule, AuthorizationConfig config, string caller, int port, bool passes)
    {
        var connection = new MeshRequest { Class = new RequestClass(0, 0, "store", "*"), Port = port, CallerIdentity = $"spiffe://cluster.local/ns/default/sa/{caller}" };
        Assert.True(passes == (Authorizer.From(TcpRules.Of(config))!.Decide(connection, null) == AuthorizationVerdict.Allowed), rule);
    }

    [Fact]
    public void A_note_is_taken_of_what_the_rest_of_a_rule_matches()
    {
        var connection = new MeshRequest { Class = new RequestClass(0, 0, "store", "*"), Port = 9000 };
        Assert.True(Authorizer.From(TcpRules.Of(new() { Audit = [To(new() { Methods = Get })] }))!.IsAudited(connection, null));
    }

    private static AuthorizationRule From(TextList principals) => new() { From = [new() { Principals = principals }] };

    private static AuthorizationRule To(OperationMatch operation) => new() { To = [operation] };

    private static AuthorizationRule When(string key) => new() { When = [new(key, new() { Values = ["*"] })] };
}
