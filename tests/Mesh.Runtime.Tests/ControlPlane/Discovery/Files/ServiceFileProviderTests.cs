using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Discovery.Files;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery.Files;

public sealed class ServiceFileProviderTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly Observations _seen = new();

    private string Path => _folder.File("services.yaml");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Services_are_read_and_read_again_when_the_file_is_written_or_replaced()
    {
        File.WriteAllText(Path, "services: {cart: [10.0.0.1:80], pay: [10.0.1.1:80]}");
        await using var provider = Start();
        await _seen.Until("cart", "10.0.0.1:80");
        await _seen.UntilSynced();
        Assert.Equal(Timeout.InfiniteTimeSpan, _seen.Find("cart")!.ValidFor);

        File.WriteAllText(Path, "services: {cart: [10.0.0.1:80, 10.0.0.2:80]}");
        await _seen.Until("cart", "10.0.0.1:80 10.0.0.2:80");
        await _seen.Until("pay", "");   // it is not in the file any more
        File.WriteAllText(_folder.File("next"), "services: {cart: [10.0.0.3:80]}");
        File.Move(_folder.File("next"), Path, overwrite: true);
        await _seen.Until("cart", "10.0.0.3:80");
    }

    [Fact]
    public async Task A_link_that_is_turned_to_another_folder_is_seen_as_with_mounted_config_maps()
    {
        foreach (string version in (string[])["v1", "v2"])
        {
            Directory.CreateDirectory(_folder.File(version));
            File.WriteAllText(System.IO.Path.Combine(_folder.File(version), "services.yaml"), $"services: {{cart: [{version}.test:80]}}");
        }
        Directory.CreateSymbolicLink(_folder.File("..data"), "v1");
        File.CreateSymbolicLink(Path, "..data/services.yaml");
        await using var provider = Start();
        await _seen.Until("cart", "v1.test:80");
        Directory.CreateSymbolicLink(_folder.File("..tmp"), "v2");
        Directory.Move(_folder.File("..data"), _folder.File("..old"));
        Directory.Move(_folder.File("..tmp"), _folder.File("..data"));
        await _seen.Until("cart", "v2.test:80");
    }

    [Fact]
    public async Task A_bad_file_keeps_the_last_good_one_and_names_all_its_problems()
    {
        File.WriteAllText(Path, "services: {cart: [10.0.0.1:80]}");
        await using var provider = Start();
        await _seen.UntilSynced();
        int reports = _seen.Count;

        File.WriteAllText(Path, "services: {cart: [10.0.0.1, 10.0.0.2]}");
        await _seen.Until(ProviderState.Stale);
        Assert.Equal(2, provider.Status.Reason.Split('\n').Length);
        Assert.All(provider.Status.Reason.Split('\n'), line => Assert.StartsWith($"{Path}:1:", line));
        Assert.Equal(reports, _seen.Count);
        Assert.Equal("10.0.0.1:80", _seen.Addresses("cart"));

        File.WriteAllText(Path, "services: {cart: [10.0.0.1:80]}");   // as it was
        await _seen.UntilSynced();
    }

    [Fact]
    public async Task A_file_that_is_missing_is_waited_for_and_one_that_is_deleted_keeps_what_it_said()
    {
        await using var provider = Start();
        await _seen.Until(ProviderState.Failed);
        Assert.Equal($"{Path}: there is no such file.", provider.Status.Reason);
        File.WriteAllText(Path, "services: {cart: [10.0.0.1:80]}");
        await _seen.UntilSynced();
        File.Delete(Path);
        await _seen.Until(ProviderState.Stale);
        Assert.Equal("10.0.0.1:80", _seen.Addresses("cart"));
        File.WriteAllText(Path, "services: {cart: [10.0.0.1:80]}");
        await _seen.UntilSynced();
    }

    [Fact]
    public async Task Without_a_watch_the_content_is_looked_at_in_intervals()
    {
        // The folder is not there when the provider starts, so that the system has nothing to watch.
        string folder = _folder.File("later"), path = System.IO.Path.Combine(folder, "services.yaml");
        await using var provider = Start(path);
        await _seen.Until(ProviderState.Failed);
        Directory.CreateDirectory(folder);
        File.WriteAllText(path, "services: {cart: [10.0.0.1:80]}");
        await _seen.Until("cart", "10.0.0.1:80");
        File.WriteAllText(path, "services: {cart: [10.0.0.2:80]}");
        await _seen.Until("cart", "10.0.0.2:80");
    }

    [Fact]
    public async Task After_it_is_disposed_nothing_is_reported_and_it_starts_once_only()
    {
        File.WriteAllText(Path, "services: {cart: [10.0.0.1:80]}");
        var provider = Start();
        await _seen.UntilSynced();
        Assert.Throws<InvalidOperationException>(provider.Start);
        await provider.DisposeAsync();
        int reports = _seen.Count;
        File.WriteAllText(Path, "services: {cart: [10.0.0.2:80]}");
        await Task.Delay(200);
        Assert.Equal(reports, _seen.Count);
    }

    private ServiceFileProvider Start(string? path = null)
    {
        var provider = new ServiceFileProvider(new ServiceFileOptions { Path = path ?? Path, PollInterval = TimeSpan.FromSeconds(0.5) }, _seen, TimeProvider.System, new KeyedRandom(1));
        provider.Start();
        return provider;
    }
}
