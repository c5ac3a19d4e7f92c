using System.Collections;
using System.Reflection;
using Mesh.Runtime.ControlPlane.Transport.Messages;
using Mesh.Runtime.Faults;
using Mesh.Runtime.Model;
using Mesh.Simulator;
using Mesh.Simulator.Randomness;

namespace Mesh.Scenarios.Tests.Language;

/// <summary>Policies as they go to sidecars.</summary>
public class PolicyJsonTests
{
    private static readonly MeshConfig Mesh = Reads.Scenario(Complete.Text).World.Mesh;

    private static IReadOnlyList<PolicyConfig> Policies => [Mesh.Defaults, .. Mesh.Services.Values, .. Mesh.Services.Keys.Select(Mesh.PolicyFor)];

    [Fact]
    public void Every_policy_arrives_as_it_was_sent()
    {
        foreach (var policy in Policies)
        {
            var json = ConfigJson.Write(policy);
            var read = ConfigJson.Read<PolicyConfig>(json);
            Assert.Equal(json, ConfigJson.Write(read));
            AssertSame(policy, read, nameof(PolicyConfig));
        }
    }

    [Fact]
    public void Every_key_of_a_policy_is_among_them()
    {
        foreach (var key in typeof(PolicyConfig).GetProperties())
            Assert.True(Policies.Any(policy => key.GetValue(policy) is not null), $"no policy has {key.Name}");
    }

    [Fact]
    public void Fault_with_a_distribution_draws_the_same_delays_where_it_arrives()
    {
        Distribution.RegisterForm();
        var fault = new FaultConfig
        {
            Name = "slow",
            Site = FaultSite.Server,
            Match = new FaultMatchConfig { Path = "/a", Headers = [new("x", "y")], CallerIdentity = "spiffe://a/ns/b/sa/c", Route = "r" },
            Percent = 0.1,
            Delay = Distribution.Create(new DistributionConfig { Mean = 0.008, P99 = 0.04 }),
            Abort = new FaultAbort { GrpcStatus = 14, Reset = true, Status = 599 },
            AbortPercent = 1.0 / 3,
            Body = new BodyFault { BytesPerSecond = double.PositiveInfinity, TruncateAfter = 0.3, Corrupt = true },
            FirstRequests = 3,
            MaxActive = 9,
        };
        var read = ConfigJson.Read<FaultConfig>(ConfigJson.Write(fault));
        AssertSame(fault with { Delay = null }, read with { Delay = null }, nameof(FaultConfig));
        for (ulong bits = 1; bits < ulong.MaxValue / 3; bits *= 3) Assert.Equal(fault.Delay!.SampleTicks(bits), read.Delay!.SampleTicks(bits));
        Assert.Equal(new FixedDelay(TimeSpan.FromTicks(12345)), ConfigJson.Read<FaultConfig>(ConfigJson.Write(fault with { Delay = new FixedDelay(TimeSpan.FromTicks(12345)) })).Delay);
    }

    [Theory]
    [InlineData("""{"Timeout":"00:00:01","Tiemout":"00:00:02"}""", "Tiemout")]
    [InlineData("""{"Timeout":[]}""", "Timeout")]
    [InlineData("null", "null")]
    [InlineData("{", "")]
    public void What_is_no_policy_is_refused(string json, string named) =>
        Assert.Contains(named, Assert.ThrowsAny<System.Text.Json.JsonException>(() => ConfigJson.Read<PolicyConfig>(Google.Protobuf.ByteString.CopyFromUtf8(json))).Message);

    /// <summary>The same, member by member, lists item by item: records with lists compare by reference.</summary>
    private static void AssertSame(object? expected, object? actual, string path)
    {
        if (expected is null || actual is null) Assert.True(expected is null && actual is null, $"{path}: {expected ?? "nothing"}, then {actual ?? "nothing"}");
        else if (expected is string or ValueType && !IsPair(expected.GetType())) Assert.True(expected.Equals(actual), $"{path}: {expected}, then {actual}");
        else if (expected is IEnumerable list) AssertSameItems([.. list.Cast<object?>()], [.. ((IEnumerable)actual).Cast<object?>()], path);
        else
        {
            Assert.Equal(expected.GetType(), actual.GetType());
            foreach (var member in expected.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(member => member.GetIndexParameters().Length == 0))
                AssertSame(member.GetValue(expected), member.GetValue(actual), $"{path}.{member.Name}");
        }
    }

    private static void AssertSameItems(object?[] expected, object?[] actual, string path)
    {
        Assert.True(expected.Length == actual.Length, $"{path}: {expected.Length} items, then {actual.Length}");
        for (int i = 0; i < expected.Length; i++) AssertSame(expected[i], actual[i], $"{path}[{i}]");
    }

    private static bool IsPair(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);
}
