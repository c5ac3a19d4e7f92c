using Mesh.Runtime.ControlPlane;
using Mesh.Runtime.ControlPlane.Injection;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Tests.ControlPlane.Injection;

/// <summary>Faults as people write them, in a language of one word.</summary>
internal static class WrittenFaults
{
    public static FaultRequest Request(string fault = "abort=503", string service = "cart") => new() { Fault = fault, Service = service, For = TimeSpan.FromMinutes(5) };

    public static FaultOrder Written(string id, string fault = "abort=503")
    {
        var request = Request(fault);
        return new FaultOrder(id, new FaultConfig { Name = id, Abort = new FaultAbort() }, request.Service, null, null, "ann") { Written = request };
    }

    public sealed class Reader : IFaultReader
    {
        public FaultConfig? Read(FaultRequest request, ICollection<string> problems)
        {
            if (request.Fault.StartsWith("abort=503", StringComparison.Ordinal)) return new FaultConfig { Name = "abort", Abort = new FaultAbort() };
            problems.Add($"{request.Fault}: this is no fault.");
            return null;
        }
    }
}
