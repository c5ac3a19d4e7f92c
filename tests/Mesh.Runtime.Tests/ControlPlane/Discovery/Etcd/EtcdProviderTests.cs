using System.Diagnostics;
using Etcdserverpb;
using Google.Protobuf;
using Mesh.Runtime.ControlPlane.Discovery;
using Mesh.Runtime.ControlPlane.Discovery.Etcd;
using Mesh.Runtime.Randomness;
using Xunit.Abstractions;

namespace Mesh.Runtime.Tests.ControlPlane.Discovery.Etcd;

/// <summary>Against the real etcd.</summary>
public class EtcdProviderTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Endpoints_appear_and_vanish_with_their_keys()
    {
        using var etcd = await new EtcdServer().StartAsync();
        await etcd.Put("cart", "one", "10.0.0.1:80");
        await etcd.PutRaw("/meshlab/services/cart/deeper/key", "not an instance");
        var seen = new Observations();
        await using var provider = Start(etcd, seen);
        await seen.UntilSynced();
        Assert.Equal("10.0.0.1:80", seen.Addresses("cart"));

        List<TimeSpan> appeared = [], vanished = [];
        for (int i = 0; i < 30; i++)
        {
            long put = Stopwatch.GetTimestamp();
            await etcd.Put("cart", "two", $"10.0.1.{i}:80");
            appeared.Add(await seen.Until("cart", $"10.0.0.1:80 10.0.1.{i}:80", put));
            long deleted = Stopwatch.GetTimestamp();
            await etcd.Delete("cart", "two");
            vanished.Add(await seen.Until("cart", "10.0.0.1:80", deleted));
        }
        output.WriteLine($"appeared: {Figures(appeared)}; vanished: {Figures(vanished)}");
        // The promise is one second; a loaded machine has its pauses, but not all the time.
        Assert.True(Median(appeared) < TimeSpan.FromSeconds(1) && Median(vanished) < TimeSpan.FromSeconds(1));
        await etcd.Delete("cart", "one");
        await seen.Until("cart", "");
    }

    [SkippableFact]
    public async Task After_etcd_was_killed_and_restarted_the_watch_goes_on_where_it_was()
    {
        using var etcd = await new EtcdServer().StartAsync();
        await etcd.Put("cart", "one", "10.0.0.1:80");
        var seen = new Observations();
        await using var provider = Start(etcd, seen);
        await seen.UntilSynced();

        etcd.Kill();
        await seen.Until(ProviderState.Stale);
        await seen.Until(() => provider.Status.Failures > 1);
        Assert.Equal("10.0.0.1:80", seen.Addresses("cart"));
        await etcd.StartAsync();
        long put = Stopwatch.GetTimestamp();
        await etcd.Put("cart", "two", "10.0.0.2:80");
        output.WriteLine($"two appeared {(await seen.Until("cart", "10.0.0.1:80 10.0.0.2:80", put)).TotalMilliseconds:0} ms after it was put into the restarted etcd");
        await seen.UntilSynced();
        Assert.Equal(1, provider.Lists);
    }

    [SkippableFact]
    public async Task A_watch_whose_past_was_compacted_lists_anew()
    {
        using var etcd = await new EtcdServer().StartAsync();
        await etcd.Put("cart", "one", "10.0.0.1:80");
        await etcd.Put("pay", "one", "10.0.9.1:80");
        var seen = new Observations();
        await using var provider = Start(etcd, seen);
        await seen.UntilSynced();

        // Where the provider does not look, etcd goes on and forgets.
        etcd.Kill();
        await etcd.StartAsync(Daemon.FreePorts(1)[0]);
        await etcd.Delete("pay", "one");
        var last = await etcd.Put("cart", "two", "10.0.0.2:80");
        await etcd.Values.CompactAsync(new CompactionRequest { Revision = last.Header.Revision, Physical = true });
        etcd.Kill();
        await etcd.StartAsync();

        await seen.Until("cart", "10.0.0.1:80 10.0.0.2:80");
        await seen.Until("pay", "");
        await seen.UntilSynced();
        Assert.Equal(2, provider.Lists);
        Assert.Contains(seen.Statuses, status => status.Reason.Contains("compacted", StringComparison.Ordinal));
        await etcd.Put("cart", "three", "10.0.0.3:80");
        await seen.Until("cart", "10.0.0.1:80 10.0.0.2:80 10.0.0.3:80");
    }

    [SkippableFact]
    public async Task An_etcd_that_has_lost_its_data_is_told_from_one_that_went_on()
    {
        using var etcd = await new EtcdServer().StartAsync();
        for (int i = 0; i < 20; i++) await etcd.Put("cart", "one", "10.0.0.1:80");
        var seen = new Observations();
        await using var provider = Start(etcd, seen);
        await seen.UntilSynced();

        etcd.Kill();
        etcd.LoseData();
        await etcd.StartAsync();
        await seen.Until("cart", "");
        await etcd.Put("cart", "two", "10.0.0.2:80");
        await seen.Until("cart", "10.0.0.2:80");
        Assert.Equal(2, provider.Lists);
    }

    [SkippableFact]
    public async Task An_instance_goes_when_its_lease_runs_out()
    {
        using var etcd = await new EtcdServer().StartAsync();
        var seen = new Observations();
        await using var provider = Start(etcd, seen);
        await seen.UntilSynced();
        var lease = await etcd.Leases.LeaseGrantAsync(new LeaseGrantRequest { TTL = 2 });
        await etcd.Put("cart", "dies", "10.0.0.1:80", lease.ID);
        await etcd.Put("cart", "lives", "10.0.0.2:80");
        await seen.Until("cart", "10.0.0.1:80 10.0.0.2:80");
        output.WriteLine($"gone {(await seen.Until("cart", "10.0.0.2:80")).TotalSeconds:0.0} s after it was seen, with a lease of 2 s");
    }

    [SkippableFact]
    public async Task A_value_that_cannot_be_read_is_told_and_takes_nothing_away()
    {
        using var etcd = await new EtcdServer().StartAsync();
        await etcd.Put("cart", "one", "10.0.0.1:80");
        var seen = new Observations();
        await using var provider = Start(etcd, seen);
        await seen.UntilSynced();
        await etcd.PutRaw("/meshlab/services/cart/one", """{"address": "10.0.0.1"}""");
        await etcd.PutRaw("/meshlab/services/cart/two", "garbage");
        await etcd.Put("cart", "three", "10.0.0.3:80");
        await seen.Until("cart", "10.0.0.1:80 10.0.0.3:80");
        Assert.Equal("/meshlab/services/cart/one: '10.0.0.1' is not an address; an address is host:port, such as 10.0.0.7:8080 or [2001:db8::7]:8080.", seen.Find("cart")!.Warning);
        await etcd.Put("cart", "one", "10.0.0.4:80");
        await etcd.Delete("cart", "two");
        await seen.Until("cart", "10.0.0.3:80 10.0.0.4:80");
        await seen.Until(() => seen.Find("cart")!.Warning is null);
    }

    [SkippableFact]
    public async Task Five_thousand_endpoints_are_listed_and_watched()
    {
        using var etcd = await new EtcdServer().StartAsync();
        foreach (var chunk in Enumerable.Range(0, 5000).Chunk(100))
        {
            var put = new TxnRequest();
            put.Success.AddRange(chunk.Select(i => new RequestOp { RequestPut = new PutRequest
            {
                Key = ByteString.CopyFromUtf8($"/meshlab/services/s{i % 10}/i{i:0000}"),
                Value = ByteString.CopyFromUtf8($$$"""{"address": "10.{{{i % 10}}}.{{{i / 250}}}.{{{i % 250 + 1}}}:8080", "zone": "a", "version": "v1", "labels": {"node": "n{{{i % 50}}}"}}"""),
            } }));
            await etcd.Values.TxnAsync(put);
        }
        var seen = new Observations();
        long began = Stopwatch.GetTimestamp();
        await using var provider = Start(etcd, seen);
        await seen.Until(() => Enumerable.Range(0, 10).All(i => seen.Find($"s{i}")?.Endpoints.Count == 500));
        output.WriteLine($"5,000 endpoints listed in {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms");
        await seen.UntilSynced();
        List<TimeSpan> appeared = [];
        for (int i = 0; i < 10; i++)
        {
            long put = Stopwatch.GetTimestamp();
            await etcd.Put("s0", "new", $"10.99.0.{i}:80");
            appeared.Add(await seen.Until(() => seen.Addresses("s0").Contains($"10.99.0.{i}:80", StringComparison.Ordinal), since: put));
        }
        output.WriteLine($"one more appeared: {Figures(appeared)}");
        Assert.Equal(501, seen.Find("s0")!.Endpoints.Count);
    }

    [SkippableFact]
    public async Task It_signs_in_and_a_wrong_password_is_told_without_it()
    {
        using var etcd = await new EtcdServer().StartAsync();
        foreach (var (user, password) in ((string, string)[])[("root", "over-all"), ("mesh", "s3cret")]) await etcd.Auth.UserAddAsync(new AuthUserAddRequest { Name = user, Password = password });
        await etcd.Auth.UserGrantRoleAsync(new AuthUserGrantRoleRequest { User = "root", Role = "root" });
        await etcd.Auth.RoleAddAsync(new AuthRoleAddRequest { Name = "reader" });
        await etcd.Auth.RoleGrantPermissionAsync(new AuthRoleGrantPermissionRequest { Name = "reader", Perm = new Authpb.Permission { PermType = Authpb.Permission.Types.Type.Readwrite, Key = ByteString.CopyFromUtf8("/meshlab/"), RangeEnd = ByteString.CopyFromUtf8("/meshlab0") } });
        await etcd.Auth.UserGrantRoleAsync(new AuthUserGrantRoleRequest { User = "mesh", Role = "reader" });
        await etcd.Put("cart", "one", "10.0.0.1:80");
        await etcd.Auth.AuthEnableAsync(new AuthEnableRequest());

        Observations good = new(), bad = new(), none = new();
        await using var right = Start(etcd, good, etcd.Options with { Credentials = new("mesh", "s3cret") });
        await using var wrong = Start(etcd, bad, etcd.Options with { Credentials = new("mesh", "wr0ng-s3cret") });
        await using var unnamed = Start(etcd, none);
        await good.UntilSynced();
        Assert.Equal("10.0.0.1:80", good.Addresses("cart"));
        await bad.Until(ProviderState.Failed);
        await none.Until(ProviderState.Failed);
        Assert.Contains("authentication failed", wrong.Status.Reason);
        Assert.Contains("user", unnamed.Status.Reason);
        Assert.All(bad.Statuses, status => Assert.DoesNotContain("wr0ng", status.ToString()));
        Assert.DoesNotContain("s3cret", (etcd.Options with { Credentials = new("mesh", "s3cret") }).ToString());
    }

    internal static EtcdProvider Start(EtcdServer etcd, Observations seen, EtcdOptions? options = null)
    {
        options ??= etcd.Options;
        var provider = new EtcdProvider(options with { Reconnect = new ReconnectOptions { Max = TimeSpan.FromSeconds(0.5) } }, seen, TimeProvider.System, new KeyedRandom(1));
        provider.Start();
        return provider;
    }

    private static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);

    private static string Figures(List<TimeSpan> times) => $"p50 {Median(times).TotalMilliseconds:0.0} ms, most {times.Max().TotalMilliseconds:0.0} ms of {times.Count}";
}
