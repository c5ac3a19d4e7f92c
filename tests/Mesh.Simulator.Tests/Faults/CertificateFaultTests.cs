using Mesh.Runtime.Telemetry;
using static Mesh.Simulator.Tests.Build;

namespace Mesh.Simulator.Tests.Faults;

public sealed class CertificateFaultTests
{
    /// <summary>Few at a time, and many at once from 20 s on: then more connections are needed, and there is a second replica.</summary>
    private static TestWorld Run(CertificateFault kind, string service, bool mutualTls = true)
    {
        var config = World(40, [Service("front", Constant(10), replicas: 1, workers: 8, queue: 8, new CallStep { To = "back" }), Service("back", Constant(10), workers: 8)], Load("front", 5, 40) with { Stages = [new StageConfig { For = TimeSpan.FromSeconds(20), Rate = 5 }, new StageConfig { For = TimeSpan.FromSeconds(20), Rate = 100 }] });
        return TestWorld.Run(config with
        {
            Network = config.Network with { MutualTls = mutualTls },
            Scale = [new ScaleConfig { At = TimeSpan.FromSeconds(20), Service = "back", Replicas = 2 }],
            Faults =
            [
                new FaultPlanConfig { Name = "spoilt", At = TimeSpan.FromSeconds(10), For = TimeSpan.FromSeconds(20), Target = new FaultTargetConfig { Service = service }, Effect = new CertificateEffect { Kind = kind } },
            ],
        });
    }

    private static int Failed(TestWorld world, double from, double to) =>
        world.Roots.Count(e => e.Outcome != 200 && e.At >= TimeSpan.FromSeconds(from).Ticks && e.At < TimeSpan.FromSeconds(to).Ticks);

    [Fact]
    public void Connections_that_stand_outlive_the_certificate_and_a_replica_that_joins_has_a_good_one()
    {
        var world = Run(CertificateFault.Expire, "back");
        Assert.Equal(0, Failed(world, 0, 10));
        Assert.Equal(0, Failed(world, 30.1, 40));
        Assert.NotEqual(0, Failed(world, 20, 30));
        Assert.Equal(Failed(world, 10, 30.1), Assert.Single(world.Faults).Count.Injected);
        Assert.Contains(world.Of(MeshEventKind.AttemptEnded), e => e.Outcome == 200 && e.At > TimeSpan.FromSeconds(21).Ticks && world.Directory.Endpoints[e.Endpoint].Name == "back-v1-1");
    }

    [Fact]
    public void Caller_whose_certificate_has_expired_reaches_nobody_new_and_one_with_a_wrong_name_does()
    {
        // From 20 s on there is a replica that 'front' has no connection to yet.
        Assert.NotEmpty(Refused(Run(CertificateFault.Expire, "front")));
        var misnamed = Run(CertificateFault.WrongIdentity, "front");
        Assert.Empty(Refused(misnamed));
        Assert.Contains(ToJoined(misnamed), e => e.Outcome == 200);

        static IEnumerable<MeshEvent> ToJoined(TestWorld world) =>
            world.Of(MeshEventKind.AttemptEnded).Where(e => e.At < TimeSpan.FromSeconds(30).Ticks && e.Endpoint >= 0 && world.Directory.Endpoints[e.Endpoint].Name == "back-v1-1");

        static IEnumerable<MeshEvent> Refused(TestWorld world) => ToJoined(world).Where(e => e.Outcome != 200);
    }

    [Fact]
    public void Without_TLS_no_certificate_is_looked_at()
    {
        var world = Run(CertificateFault.Expire, "front", mutualTls: false);
        Assert.Equal(0, Failed(world, 0, 40));
        Assert.Equal(0, Assert.Single(world.Faults).Count.Injected);
    }
}
