using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Runtime.ControlPlane.Admin;

/// <summary>What the admin API answers, path by path.</summary>
internal static class AdminEndpoints
{
    private const int MostEntries = 10_000;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", () => "ok").WithSummary("Whether the process lives.").AllowAnonymous();
        app.MapGet("/readyz", ReadyAsync).WithSummary("Whether the control plane's actors answer.").AllowAnonymous();

        var v1 = app.MapGroup("/v1").RequireAuthorization(AdminRoles.MayLook);
        v1.MapGet("/status", (IControlPlane plane, CancellationToken cancellation) => plane.StatusAsync(cancellation)).WithSummary("How the control plane goes.");
        v1.MapGet("/services", async (IControlPlane plane, CancellationToken cancellation) => (await plane.StatusAsync(cancellation).ConfigureAwait(false)).Services).WithSummary("The services.");
        v1.MapGet("/proxies", async (IControlPlane plane, CancellationToken cancellation) => (await plane.StatusAsync(cancellation).ConfigureAwait(false)).Proxies).WithSummary("The proxies.");
        v1.MapGet("/journal", (IControlPlane plane, CancellationToken cancellation, int most = 100) => plane.JournalAsync(Math.Clamp(most, 1, MostEntries), cancellation)).WithSummary("What happened, newest first.");
        MapFaults(v1.MapGroup("/faults"));
        MapConfiguration(v1.MapGroup("/configuration"));
        MapCertificates(v1.MapGroup("/certificates"));
    }

    private static void MapFaults(RouteGroupBuilder faults)
    {
        faults.MapGet("", async (IControlPlane plane, CancellationToken cancellation) => (await plane.StatusAsync(cancellation).ConfigureAwait(false)).Faults)
            .WithSummary("Faults in force: what was asked for beside what was measured.");
        faults.MapPost("", async (Injection.FaultRequest fault, IControlPlane plane, HttpContext context, bool dryRun = false) =>
                Answer(await plane.InjectAsync(fault, dryRun, By(context), context.RequestAborted).ConfigureAwait(false)))
            .RequireAuthorization(AdminRoles.MayInject).Produces<ChangeAnswer>().ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .WithSummary("Puts a fault in force under a lease; with dryRun, only says how far it would reach.");
        faults.MapPost("/{id}/renew", async (string id, IControlPlane plane, HttpContext context) => Answer(await plane.RenewFaultAsync(id, context.RequestAborted).ConfigureAwait(false)))
            .RequireAuthorization(AdminRoles.MayInject).Produces<ChangeAnswer>().ProducesProblem(StatusCodes.Status404NotFound).WithSummary("Has a fault's lease run anew.");
        faults.MapDelete("/{id}", async (string id, IControlPlane plane, HttpContext context, string why = "") =>
                Answer(await plane.StopFaultAsync(id, By(context), why, context.RequestAborted).ConfigureAwait(false)))
            .RequireAuthorization(AdminRoles.MayStop).Produces<ChangeAnswer>().ProducesProblem(StatusCodes.Status404NotFound).WithSummary("Ends a fault.");
        faults.MapDelete("", async (IControlPlane plane, HttpContext context, string why = "") =>
                Answer(await plane.StopFaultAsync(null, By(context), why, context.RequestAborted).ConfigureAwait(false)))
            .RequireAuthorization(AdminRoles.MayStop).Produces<ChangeAnswer>().WithSummary("Ends all faults, the last one first.");
    }

    private static void MapConfiguration(RouteGroupBuilder configuration)
    {
        configuration.MapGet("", (IControlPlane plane, CancellationToken cancellation) => plane.ConfigurationAsync(cancellation)).WithSummary("The desired configuration in force, file by file.");
        configuration.MapPut("", async (ConfigurationChange change, IControlPlane plane, HttpContext context, bool dryRun = false) =>
                Answer(await plane.ApplyAsync(change.Name, change.Text, dryRun, By(context), context.RequestAborted).ConfigureAwait(false)))
            .RequireAuthorization(AdminRoles.MayOperate).Produces<ChangeAnswer>().ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .WithSummary("Replaces a file of the configuration, or removes it; with dryRun, only says what would be wrong and what would change.");
    }

    private static void MapCertificates(RouteGroupBuilder certificates)
    {
        certificates.MapGet("", (CertificateDesk desk) => desk.Status()).WithSummary("The certificate authority and its roots.");
        certificates.MapPost("/join-tokens", (JoinTokenRequest request, CertificateDesk desk, HttpContext context) =>
            {
                context.Response.Headers.CacheControl = "no-store";
                var (answer, problems) = desk.Issue(request, By(context));
                return answer is null ? Answer(ChangeAnswer.Refused(problems)) : Results.Ok(answer);
            })
            .RequireAuthorization(AdminRoles.MayOperate).Produces<JoinTokenAnswer>().ProducesProblem(StatusCodes.Status422UnprocessableEntity).WithSummary("Issues a join token, which is shown this once.");
        certificates.MapDelete("/join-tokens/{id}", (string id, CertificateDesk desk, HttpContext context) => Answer(desk.Revoke(id, By(context))))
            .RequireAuthorization(AdminRoles.MayOperate).Produces<ChangeAnswer>().ProducesProblem(StatusCodes.Status404NotFound).WithSummary("Takes a join token back, by the part before its dot.");
        certificates.MapPost("/rollover", (RolloverRequest request, CertificateDesk desk, HttpContext context) => Answer(desk.Roll(request, By(context))))
            .RequireAuthorization(AdminRoles.MayOperate).Produces<ChangeAnswer>().ProducesProblem(StatusCodes.Status422UnprocessableEntity).WithSummary("Makes a step of the root's replacement: prepare, activate, retire.");
    }

    private static async Task<IResult> ReadyAsync(IControlPlane plane, CancellationToken cancellation)
    {
        try
        {
            await plane.StatusAsync(cancellation).ConfigureAwait(false);
            return Results.Text("ready");
        }
        catch (TimeoutException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult Answer(ChangeAnswer answer) => answer.Outcome switch
    {
        ChangeOutcome.Accepted => Results.Ok(answer),
        ChangeOutcome.Unknown => Problem(StatusCodes.Status404NotFound, answer),
        _ => Problem(StatusCodes.Status422UnprocessableEntity, answer),
    };

    private static IResult Problem(int status, ChangeAnswer answer) => Results.Problem(new ProblemDetails
    {
        Status = status,
        Detail = string.Join('\n', answer.Problems),
        Extensions = { ["problems"] = answer.Problems, ["notes"] = answer.Notes },
    });

    private static string By(HttpContext context) => context.User.Identity?.Name ?? "";
}
