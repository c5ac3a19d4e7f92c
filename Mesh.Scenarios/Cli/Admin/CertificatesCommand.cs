using System.CommandLine;
using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Admin;
using Mesh.Scenarios.Language.Shapes;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary><c>meshlab certificates</c>: the certificate authority of a live mesh.</summary>
internal static class CertificatesCommand
{
    private const string Where = "/v1/certificates";

    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        var command = AdminCommand.Asking(new Command("certificates", "Say how a live mesh's certificate authority stands; issue join tokens; replace its root."), terminal, cancellation, async (_, client, json) =>
        {
            var status = await client.GetAsync<CertificatesStatus>(Where, cancellation).ConfigureAwait(false);
            return json ? AdminCommand.Json(terminal, status) : Print(status, terminal);
        });
        command.Add(Token(terminal, cancellation));
        command.Add(Revoke(terminal, cancellation));
        command.Add(Roll(terminal, cancellation));
        return command;
    }

    private static Command Token(Terminal terminal, CancellationToken cancellation)
    {
        var identity = new Argument<string>("IDENTITY") { Description = "Whom it is for: spiffe://cluster.local/ns/shop/sa/cart." };
        var time = new Option<string>("--for") { Description = "How long it lives. Default 1h; at most 7 days.", DefaultValueFactory = _ => "1h" };
        var uses = new Option<int>("--uses") { Description = "How many sidecars may join with it. Default 1.", DefaultValueFactory = _ => 1 };
        return AdminCommand.Asking(new Command("token", "Issue a join token. It is printed this once.") { identity, time, uses }, terminal, cancellation, async (parsed, client, json) =>
        {
            string lifetime = parsed.GetValue(time)!;
            if (Quantity.Duration.Parse(lifetime, out double seconds) is { } problem) throw new InputException($"--for {lifetime}: {problem}");
            var answer = await client.ChangeAsync<JoinTokenAnswer>(HttpMethod.Post, $"{Where}/join-tokens",
                new JoinTokenRequest { Identity = parsed.GetValue(identity)!, Lifetime = TimeSpan.FromSeconds(seconds), Uses = parsed.GetValue(uses) }, cancellation).ConfigureAwait(false);
            if (json) return AdminCommand.Json(terminal, answer);
            terminal.Error.WriteLine($"good for {answer.Identity} until {answer.Expires:u}");
            terminal.Output.WriteLine(answer.Token);
            return ExitCode.Passed;
        });
    }

    private static Command Revoke(Terminal terminal, CancellationToken cancellation)
    {
        var id = new Argument<string>("ID") { Description = "The part of the token before its dot." };
        return AdminCommand.Asking(new Command("revoke", "Take a join token back.") { id }, terminal, cancellation, async (parsed, client, json) =>
            Done(await client.ChangeAsync<ChangeAnswer>(HttpMethod.Delete, $"{Where}/join-tokens/{Uri.EscapeDataString(parsed.GetValue(id)!)}", null, cancellation).ConfigureAwait(false), json, terminal));
    }

    private static Command Roll(Terminal terminal, CancellationToken cancellation)
    {
        var step = new Argument<RolloverAction>("STEP") { Description = "prepare (a new root is trusted), activate (it signs), retire (the old one is trusted no more)." };
        var force = new Option<bool>("--force") { Description = "Also before it harms nobody." };
        return AdminCommand.Asking(new Command("rollover", "Make a step of the root's replacement.") { step, force }, terminal, cancellation, async (parsed, client, json) =>
            Done(await client.ChangeAsync<ChangeAnswer>(HttpMethod.Post, $"{Where}/rollover", new RolloverRequest { Step = parsed.GetValue(step), Force = parsed.GetValue(force) }, cancellation).ConfigureAwait(false), json, terminal));
    }

    private static int Done(ChangeAnswer answer, bool json, Terminal terminal)
    {
        if (json) return AdminCommand.Json(terminal, answer);
        terminal.Output.WriteLine("done");
        foreach (string note in answer.Notes) terminal.Output.WriteLine(note);
        return ExitCode.Passed;
    }

    private static int Print(CertificatesStatus status, Terminal terminal)
    {
        terminal.Output.WriteLine($"trust domain {status.TrustDomain}, signs until {status.Expires:u}");
        if (status.NextStepAt is { } next) terminal.Output.WriteLine($"the root is being replaced: {status.Step.ToString().ToLowerInvariant()}; the next step harms nobody from {next:u} on");
        foreach (var root in status.Roots) terminal.Output.WriteLine($"root {root.Fingerprint}, expires {root.Expires:u}");
        return ExitCode.Passed;
    }
}
