using Mesh.Runtime.ControlPlane;
using Mesh.Scenarios.Language.Yaml;
using Mesh.Scenarios.Running.Live.Desired;

namespace Mesh.Scenarios.Tests.Running;

public sealed class ConfigurationFolderTests : IAsyncLifetime
{
    private const string One = "version: 1\nservices: {cart: {}}\nmesh: {services: {cart: {timeout: 1s}}}\n";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("meshlab-config");
    private readonly List<DesiredState> _told = [];
    private readonly List<string> _log = [];
    private ConfigurationFolder _folder = null!;

    private string Folder => Path.Combine(_root.FullName, "conf");

    public Task InitializeAsync()
    {
        Directory.CreateDirectory(Folder);
        Write("mesh.yaml", One);
        _folder = Open(out var problems)!;
        Assert.Empty(problems.All);
        _folder.Start(state => { lock (_told) _told.Add(state); });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _folder.DisposeAsync();
        _root.Delete(recursive: true);
    }

    private ConfigurationFolder? Open(out Problems problems) => ConfigurationFolder.Open(Folder, _root.FullName, TimeProvider.System, line => { lock (_log) _log.Add(line); }, problems = new Problems());

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    private static async Task Until(Func<bool> fact)
    {
        var limit = DateTime.UtcNow + TimeSpan.FromSeconds(20);
        while (!fact())
        {
            Assert.True(DateTime.UtcNow < limit, "it has not come to pass in 20 s");
            await Task.Delay(20);
        }
    }

    private double CartTimeout => _folder.State.Mesh.PolicyFor("cart").Timeout!.Value.TotalSeconds;

    [Fact]
    public async Task Change_of_a_file_is_taken_over()
    {
        Write("mesh.yaml", One.Replace("1s", "3s", StringComparison.Ordinal));
        await Until(() => CartTimeout == 3);
        await Until(() => { lock (_told) return _told.Count == 2; });
        lock (_log) Assert.Contains("configuration taken over: service cart: the policy changes", _log);
    }

    [Fact]
    public async Task Broken_file_changes_nothing_until_it_is_right_again()
    {
        Write("mesh.yaml", One.Replace("1s", "1", StringComparison.Ordinal));
        Write("more.yaml", "version: 1\nservices: {pay: {}}\n");
        await Until(() => _folder.Status.Problems.Count > 0);
        Assert.Contains("mesh.yaml:3:35: mesh.services.cart.timeout: '1' has no unit", _folder.Status.Problems[0], StringComparison.Ordinal);
        Assert.Equal((1, 1), (CartTimeout, _folder.Status.Services));   // not even what is right in the other file
        Write("mesh.yaml", One);
        await Until(() => _folder.Status is { Problems.Count: 0, Services: 2 });
    }

    [Fact]
    public async Task Directory_that_goes_away_changes_nothing()
    {
        Directory.Move(Folder, Folder + ".away");
        await Until(() => _folder.Status.Problems.Count > 0);
        Assert.Contains("there is no such directory", _folder.Status.Problems[0], StringComparison.Ordinal);
        Assert.Equal(1, CartTimeout);
        Directory.Move(Folder + ".away", Folder);
        await Until(() => _folder.Status.Problems.Count == 0);
    }

    [Fact]
    public async Task Applied_file_is_on_the_disk_and_in_force_when_that_is_acknowledged()
    {
        string text = One.Replace("1s", "5s", StringComparison.Ordinal);
        var answer = await _folder.ApplyAsync("mesh.yaml", text, dryRun: false, default);
        Assert.Equal((ChangeOutcome.Accepted, 5), (answer.Outcome, CartTimeout));
        Assert.Equal(["service cart: the policy changes"], answer.Notes);
        Assert.Equal(text, File.ReadAllText(Path.Combine(Folder, "mesh.yaml")));
        Assert.Equal(["mesh.yaml"], Directory.EnumerateFiles(Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Dry_run_says_what_would_change_and_changes_nothing()
    {
        var answer = await _folder.ApplyAsync("pay.yaml", "version: 1\nservices: {pay: {}}", dryRun: true, default);
        Assert.Equal(["service pay is new"], answer.Notes);
        Assert.Equal((1, false), (_folder.Status.Services, File.Exists(Path.Combine(Folder, "pay.yaml"))));
    }

    [Theory]
    [InlineData("mesh.yaml", "version: 1\nservices: {cart: {}}\nmesh: {services: {cart: {timeout: 1}}}", "has no unit")]
    [InlineData("two.yaml", "version: 1\nservices: {cart: {}}", "'cart' stands at")]
    [InlineData("../mesh.yaml", "version: 1", "is no name of a configuration file")]
    [InlineData(".hidden.yaml", "version: 1", "is no name of a configuration file")]
    [InlineData("mesh.txt", "version: 1", "is no name of a configuration file")]
    public async Task What_is_wrong_is_refused_whole(string name, string text, string told)
    {
        var answer = await _folder.ApplyAsync(name, text, dryRun: false, default);
        Assert.Equal(ChangeOutcome.Refused, answer.Outcome);
        Assert.Contains(answer.Problems, problem => problem.Contains(told, StringComparison.Ordinal));
        Assert.Equal(One, File.ReadAllText(Path.Combine(Folder, "mesh.yaml")));
        Assert.Equal(["mesh.yaml"], Directory.EnumerateFiles(Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task File_can_be_taken_out()
    {
        await _folder.ApplyAsync("pay.yaml", "version: 1\nservices: {pay: {}}", dryRun: false, default);
        Assert.Equal(ChangeOutcome.Accepted, (await _folder.ApplyAsync("pay.yaml", null, dryRun: false, default)).Outcome);
        Assert.Equal((1, ChangeOutcome.Unknown), (_folder.Status.Services, (await _folder.ApplyAsync("pay.yaml", null, dryRun: false, default)).Outcome));
    }

    [Fact]
    public async Task Control_plane_that_starts_beside_broken_files_starts_with_the_last_good_ones()
    {
        await _folder.DisposeAsync();
        Write("mesh.yaml", "version: 1\nservices: [");
        await using var again = Open(out var problems);
        Assert.True(problems.HasErrors);
        Assert.Equal(1, again!.State.Mesh.PolicyFor("cart").Timeout!.Value.TotalSeconds);
        Assert.NotEmpty(again.Status.Problems);
        Assert.Equal(One, again.Files.Single().Text);
    }

    [Fact]
    public void Control_plane_without_any_good_configuration_does_not_start()
    {
        string empty = Directory.CreateDirectory(Path.Combine(_root.FullName, "other")).FullName;
        Write("mesh.yaml", "version: 2");
        Assert.Null(ConfigurationFolder.Open(Folder, empty, TimeProvider.System, _ => { }, new Problems()));
    }
}
