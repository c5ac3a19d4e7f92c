using System.Text.Json;

namespace Mesh.Scenarios.Tests.Cli.Admin;

public sealed class AuditTests(GuardedPlane guarded) : IClassFixture<GuardedPlane>
{
    [Fact]
    public async Task Changes_and_refusals_are_in_the_audit_log_and_no_credential_is()
    {
        string token = GuardedPlane.Token(["viewer"], subject: "vera");
        using (var viewer = guarded.Plane.Client(token)) await viewer.DeleteAsync("/v1/faults");
        using (var chaos = guarded.Plane.Client(GuardedPlane.Token(["chaos"], subject: "chas"))) await chaos.DeleteAsync("/v1/faults");
        using (var stranger = guarded.Plane.Client(GuardedPlane.Token(["chaos"], expires: -3600))) await stranger.GetAsync("/v1/status");
        await LivePlane.Until(async () => (await ReadAsync("audit.log")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length >= 3);
        var lines = (await ReadAsync("audit.log")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        string Line(JsonElement line) => $"{line.GetProperty("by")} {line.GetProperty("what")} {line.GetProperty("status")} {line.GetProperty("why")}";
        Assert.Equal(["vera DELETE /v1/faults 403 has the roles [viewer]", "chas DELETE /v1/faults 200 ", " GET /v1/status 401 the token has expired"], lines.Select(Line));
        Assert.DoesNotContain(token.Split('.')[2], await ReadAsync("audit.log"), StringComparison.Ordinal);
    }

    private async Task<string> ReadAsync(string file)
    {
        using var stream = new FileStream(Path.Combine(guarded.Plane.State, file), FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
